package routing
import ("testing";"fmt";"strings";"math/rand/v2")
func TestZZ(t *testing.T) {
	var keys []string
	seen := map[string]bool{}
		for i := 0; i < 20000; i++ {
			k := strings.Repeat("k", i%40)+fmt.Sprint(i)
			if seen[k] { t.Fatal(k) }
			seen[k] = true
			keys = append(keys, k)
		}
	for try := range 3 {
	seed := rand.New(rand.NewPCG(uint64(try),3)).Uint64()
	m := map[uint64]string{}
	n := 0
	for _, k := range keys { h := hashFold(k, seed); if o, ok := m[h]; ok && n < 5 { fmt.Println(k, o); n++ }; m[h] = k }
	g := map[uint64]int{}
	mx := 0
	for _, k := range keys { h := hashFold(k, seed); g[h&8191]++; mx = max(mx, g[h&8191]) }
	fmt.Println(len(m), mx)
	}
}
