package everykind

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/internal/everykind/billing"
)

// Kinds has a value of every kind. It is both input and result of the action
// "kinds", so that what comes back can be compared with what was sent.
type Kinds struct {
	ID       UUID              `json:"id"`
	Small    int8              `json:"small"`
	Whole    int32             `json:"whole"`
	Count    uint64            `json:"count"`
	Exact    int64             `json:"exact,string"`
	Ratio    float32           `json:"ratio"`
	Price    float64           `json:"price"`
	Number   json.Number       `json:"number"`
	Big      *big.Int          `json:"big"`
	Yes      bool              `json:"yes"`
	Text     string            `json:"text" description:"any text" example:"some words"`
	Color    string            `json:"color" enum:"red,green"`
	Level    Level             `json:"level"`
	Amount   Money             `json:"amount"`
	When     time.Time         `json:"when"`
	Wait     time.Duration     `json:"wait"`
	Address  netip.Addr        `json:"address"`
	Data     []byte            `json:"data"`
	Raw      json.RawMessage   `json:"raw"`
	Any      any               `json:"any"`
	Optional *string           `json:"optional"`
	Words    []string          `json:"words"`
	Numbers  []int             `json:"numbers"`
	Times    []time.Time       `json:"times,omitempty"`
	Grid     [][]int           `json:"grid"`
	Pair     [2]int            `json:"pair"`
	Labels   map[string]string `json:"labels"`
	ByNumber map[int]int       `json:"byNumber"`
	Lines    []Line            `json:"lines"`
	Main     Line              `json:"main"`
	Other    *Line             `json:"other"`
	Bill     *billing.Address  `json:"bill,omitempty"`
	Nested   struct {
		Deep struct {
			Er string `json:"er"`
		} `json:"deep"`
	} `json:"nested"`
	Old string `json:"old,omitempty" deprecated:"true"`
	Embedded
}

// Line is a part of [Kinds].
type Line struct {
	SKU string `json:"sku" required:"true"`
	N   int    `json:"n"`
}

// Embedded has a member that appears among those of [Kinds].
type Embedded struct {
	Inside string `json:"inside"`
}

// Node contains itself.
type Node struct {
	Name     string           `json:"name" required:"true"`
	Next     *Node            `json:"next"`
	Children []Node           `json:"children"`
	ByName   map[string]*Node `json:"byName"`
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T `json:"items"`
	Total int `json:"total"`
}

// UUID is written in the usual form.
type UUID [16]byte

// MarshalText writes the UUID.
func (u UUID) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]), nil
}

// UnmarshalText reads a UUID.
func (u *UUID) UnmarshalText(text []byte) error {
	digits := strings.ReplaceAll(string(text), "-", "")
	if n, err := fmt.Sscanf(digits, "%32x", (*hexBytes)(u)); err != nil || n != 1 || len(digits) != 32 {
		return fmt.Errorf("%q is no UUID", text)
	}
	return nil
}

type hexBytes [16]byte

// Scan reads 32 hexadecimal digits.
func (h *hexBytes) Scan(state fmt.ScanState, _ rune) error {
	for i := range h {
		if _, err := fmt.Fscanf(state, "%2x", &h[i]); err != nil {
			return err
		}
	}
	return nil
}

// Level is a number that is written as a word.
type Level int

var levels = [...]string{"low", "high"}

// JSONSchema names the words.
func (Level) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: []any{"low", "high"}, Description: "How much it is."}
}

// MarshalText writes the word.
func (l Level) MarshalText() ([]byte, error) {
	if l < 0 || int(l) >= len(levels) {
		return nil, fmt.Errorf("no level %d", l)
	}
	return []byte(levels[l]), nil
}

// UnmarshalText reads the word.
func (l *Level) UnmarshalText(text []byte) error {
	for i, word := range levels {
		if word == string(text) {
			*l = Level(i)
			return nil
		}
	}
	return fmt.Errorf("want one of %s", strings.Join(levels[:], ", "))
}

// Money is an amount in cents that is written with a decimal point.
type Money int64

// JSONSchema says how it is written.
func (Money) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]+\.[0-9]{2}$`, Examples: []any{"12.50"}}
}

// MarshalJSON writes the amount.
func (m Money) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `"%d.%02d"`, m/100, m%100), nil
}

// UnmarshalJSON reads an amount.
func (m *Money) UnmarshalJSON(text []byte) error {
	var whole, cents int64
	if _, err := fmt.Sscanf(string(text), `"%d.%02d"`, &whole, &cents); err != nil {
		return fmt.Errorf("want an amount like 12.50")
	}
	*m = Money(100*whole + cents)
	return nil
}
