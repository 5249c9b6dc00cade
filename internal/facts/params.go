package facts

// Params are named parameters. They are only listed, which is cheaper with a slice than with a
// map.
type Params []Param

// Param is one parameter.
type Param struct {
	Name  string
	Value any
}

// ParamsOf converts a map to an unordered list.
func ParamsOf(m map[string]any) Params {
	p := make(Params, 0, len(m))
	for name, value := range m {
		p = append(p, Param{name, value})
	}
	return p
}

// Map converts the list to a map.
func (p Params) Map() map[string]any {
	m := make(map[string]any, len(p))
	for _, one := range p {
		m[one.Name] = one.Value
	}
	return m
}
