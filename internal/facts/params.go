package facts

// Params are params with their names. They are only shown, one after the
// other, for which a list is cheaper than a map.
type Params []Param

// Param is one of them.
type Param struct {
	Name  string
	Value any
}

// ParamsOf makes a list of a map, in no order.
func ParamsOf(m map[string]any) Params {
	p := make(Params, 0, len(m))
	for name, value := range m {
		p = append(p, Param{name, value})
	}
	return p
}

// Map makes a map of the list.
func (p Params) Map() map[string]any {
	m := make(map[string]any, len(p))
	for _, one := range p {
		m[one.Name] = one.Value
	}
	return m
}
