package params

// JSONReader gives tests the JSON reader alone.
func JSONReader(o JSONOptions) func(data []byte) (any, error) {
	s, err := Options{JSON: o}.WithDefaults().compile()
	if err != nil {
		panic(err)
	}
	return func(data []byte) (any, error) { return parseJSON(data, &s.JSON, false) }
}

// QueriesAlike reports whether two parsers read queries in the same way.
func QueriesAlike(a, b *Parser) bool { return a.cfg.query == b.cfg.query }
