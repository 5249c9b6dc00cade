package params

// JSONReader gives tests the JSON reader alone.
func JSONReader(o JSONOptions) func(data []byte) (any, error) {
	s, err := Options{JSON: o}.WithDefaults().compile()
	if err != nil {
		panic(err)
	}
	return func(data []byte) (any, error) { return parseJSON(data, &s.JSON, false) }
}
