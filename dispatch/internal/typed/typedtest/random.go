// Package typedtest makes random struct types and values, for tests of packages that read, write
// or describe them.
package typedtest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/upload"
)

// Random makes types and values.
type Random struct {
	*rand.Rand
}

// New returns a Random. The same seed gives the same types and values.
func New(seed uint64) *Random { return &Random{rand.New(rand.NewPCG(seed, 2))} }

var (
	typeTime     = reflect.TypeFor[time.Time]()
	typeDuration = reflect.TypeFor[time.Duration]()
	typeAddr     = reflect.TypeFor[netip.Addr]()
	typeBig      = reflect.TypeFor[*big.Int]()
	typeNumber   = reflect.TypeFor[json.Number]()
	typeRaw      = reflect.TypeFor[json.RawMessage]()
	typeBytes    = reflect.TypeFor[[]byte]()
	typeFile     = reflect.TypeFor[*upload.File]()
	typeColor    = reflect.TypeFor[Color]()
	typeMoney    = reflect.TypeFor[Money]()
)

// Color is encoded as a word.
type Color int

func (c Color) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "color-%d", int(c)), nil }
func (c *Color) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "color-%d", (*int)(c))
	return err
}

// Money is a JSON number with an integer inside.
type Money struct{ cents int64 }

func (m Money) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%02d", m.cents/100, m.cents%100), nil
}
func (m *Money) UnmarshalJSON(b []byte) error {
	var whole, cents int64
	if _, err := fmt.Sscanf(string(b), "%d.%02d", &whole, &cents); err != nil {
		return err
	}
	m.cents = 100*whole + cents
	return nil
}

// Scalars returns the types without parts.
func Scalars() []reflect.Type { return slices.Clone(scalars) }

var scalars = []reflect.Type{
	reflect.TypeFor[string](), reflect.TypeFor[bool](),
	reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	typeTime, typeDuration, typeAddr, typeBig, typeNumber, typeRaw, typeBytes, typeColor, typeMoney,
}

// StructType makes a struct of up to n fields. The first is an int that is always sent, so that
// no element of a list is empty.
func (r *Random) StructType(n, depth int) reflect.Type {
	fields := []reflect.StructField{{Name: "ID", Type: reflect.TypeFor[int](), Tag: `json:"id"`}}
	for i := range 1 + r.IntN(n) {
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("F%d", i), Type: r.TypeOf(depth, true),
			Tag: reflect.StructTag(fmt.Sprintf(`json:"f%d"`, i)),
		})
	}
	return reflect.StructOf(fields)
}

// TypeOf makes a type. file allows types of files.
func (r *Random) TypeOf(depth int, file bool) reflect.Type {
	if depth > 0 {
		switch r.IntN(8) {
		case 0:
			return r.StructType(3, depth-1)
		case 1:
			return reflect.SliceOf(r.TypeOf(depth-1, file))
		case 2:
			return reflect.MapOf(r.keyType(), r.TypeOf(depth-1, false))
		case 3:
			return reflect.ArrayOf(1+r.IntN(3), scalars[r.IntN(6)])
		case 4:
			t := scalars[r.IntN(len(scalars))]
			if t != typeBig && t != typeRaw && t != typeBytes {
				return reflect.PointerTo(t)
			}
		case 5:
			return reflect.SliceOf(scalars[r.IntN(len(scalars))])
		}
	}
	return scalars[r.IntN(len(scalars))]
}

func (r *Random) keyType() reflect.Type {
	return []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[uint16](), typeAddr, typeColor}[r.IntN(5)]
}

// WithFiles adds fields that take files, at the top level and one level below.
func (r *Random) WithFiles(t reflect.Type) reflect.Type {
	inner := reflect.StructOf([]reflect.StructField{
		{Name: "ID", Type: reflect.TypeFor[int](), Tag: `json:"id"`},
		{Name: "Doc", Type: typeFile, Tag: `json:"doc"`},
	})
	fields := []reflect.StructField{
		{Name: "File", Type: typeFile, Tag: `json:"file"`},
		{Name: "Pics", Type: reflect.SliceOf(typeFile), Tag: `json:"pics"`},
		{Name: "User", Type: inner, Tag: `json:"user"`},
		{Name: "Docs", Type: reflect.SliceOf(inner), Tag: `json:"docs"`},
	}
	for i := range t.NumField() {
		fields = append(fields, t.Field(i))
	}
	return reflect.StructOf(fields)
}

// fillKnown fills a value of one of the types that are not taken apart.
func (r *Random) fillKnown(v reflect.Value) (known bool) {
	switch v.Type() {
	case typeTime:
		v.Set(reflect.ValueOf(time.Unix(r.Int64N(4e9), r.Int64N(1e9)).UTC()))
	case typeDuration:
		v.SetInt(r.Int64N(math.MaxInt64) - math.MaxInt64/2)
	case typeAddr:
		v.Set(reflect.ValueOf(netip.AddrFrom4([4]byte{byte(r.Int()), byte(r.Int()), byte(r.Int()), 1})))
	case typeBig:
		v.Set(reflect.ValueOf(new(big.Int).Lsh(big.NewInt(r.Int64()), uint(r.IntN(200)))))
	case typeNumber:
		v.SetString([]string{"0", "-1", "1.50", "9007199254740993", "1e3", "-0.25"}[r.IntN(6)])
	case typeRaw:
		v.SetBytes([]byte([]string{`{"a":[1,null]}`, `"text"`, `5`, `true`, `[]`, `"5"`, `{"0":"x"}`}[r.IntN(7)]))
	case typeBytes:
		b := make([]byte, 1+r.IntN(9))
		for i := range b {
			b[i] = byte(r.Int())
		}
		v.SetBytes(b)
	case typeMoney:
		v.Set(reflect.ValueOf(Money{r.Int64N(1e6)}))
	case typeFile:
		v.Set(reflect.ValueOf(&upload.File{Name: fmt.Sprintf("f%d.txt", r.IntN(1e6)), Size: r.Int64N(50)}))
	default:
		return false
	}
	return true
}

// Fill fills a value at random.
func (r *Random) Fill(v reflect.Value) {
	if r.fillKnown(v) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(r.Text())
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> (64 - v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> (64 - v.Type().Bits()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(float32(r.NormFloat64() * math.Pow(10, float64(r.IntN(30)-15)))))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.Fill(v.Elem())
	case reflect.Slice:
		n := 1 + r.IntN(4)
		if r.IntN(20) == 0 {
			n = 30 // more than an undeclared list may have
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			r.Fill(v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			r.Fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 1 + r.IntN(3) {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			if key.Kind() == reflect.String {
				key.SetString([]string{"a", "b c", "7", "ü", "x.y", "0", "30", "=&+"}[r.IntN(8)])
			} else {
				r.Fill(key)
			}
			r.Fill(elem)
			v.SetMapIndex(key, elem)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			r.Fill(v.Field(i))
		}
	}
}

// Text makes a non-empty string.
func (r *Random) Text() string {
	const letters = `abc [](){}"\'&=+%#;,.:0159 äß€😀{"a":1}[1]`
	runes := []rune(letters)
	var b strings.Builder
	for range 1 + r.IntN(6) {
		b.WriteRune(runes[r.IntN(len(runes))])
	}
	return b.String()
}
