package facts

// Params are named parameters. They are only listed, which is cheaper with a slice than with a
// map.
type Params []Param

// Param is one parameter.
type Param struct {
	Name  string
	Value any
}

// Map converts the list to a map.
func (p Params) Map() map[string]any {
	m := make(map[string]any, len(p))
	for _, one := range p {
		m[one.Name] = one.Value
	}
	return m
}
