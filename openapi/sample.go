package openapi

import "strconv"

// sampleOf appends an example of a value that a schema describes, as people would write it.
func sampleOf(b []byte, s *schema, depth int) []byte {
	const deepest = 4
	t := s.target()
	switch {
	case len(s.examples) > 0:
		return append(b, s.examples[0]...)
	case len(t.examples) > 0:
		return append(b, t.examples[0]...)
	case t.def != nil:
		return append(b, t.def...)
	case len(t.enum) > 0:
		return append(b, t.enum[0]...)
	case len(t.oneOf) > 0:
		return sampleOf(b, t.oneOf[0], depth+1)
	case t.is("object"):
		b = append(b, '{')
		if depth < deepest {
			for i, p := range t.properties {
				if i > 0 {
					b = append(b, ',')
				}
				b = append(appendText(b, p.name), ':')
				b = sampleOf(b, p.schema, depth+1)
			}
		}
		return append(b, '}')
	case t.is("array"):
		b = append(b, '[')
		if t.items != nil && depth < deepest {
			b = sampleOf(b, t.items, depth+1)
		}
		return append(b, ']')
	case t.is("boolean"):
		return append(b, "true"...)
	case t.is("integer"), t.is("number"):
		if t.minimum != nil && *t.minimum > 0 {
			return strconv.AppendFloat(b, *t.minimum, 'f', -1, 64)
		}
		return append(b, '0')
	case t.format == "date-time":
		return appendText(b, "2006-01-02T15:04:05Z")
	}
	return appendText(b, "string")
}
