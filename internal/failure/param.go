package failure

// Param is what is wrong with one parameter; package envelope exports it as its
// ParamError.
type Param struct {
	// Param is the name; a nested one is written with dots, and an element of a
	// list with its index: lines[0].sku.
	Param string `json:"param"`
	// Code tells programs what is wrong, in snake case: out_of_range.
	Code string `json:"code"`
	// Message says it to people, in a whole sentence.
	Message string `json:"message"`
	// Expected is what would be accepted, to be read behind "must be"; "" where
	// that cannot be said.
	Expected string `json:"expected"`
	// Min and Max are the bounds of a number, a length or a count that is out of
	// them, for texts in other languages; "" where there is none. They are not
	// sent.
	Min string `json:"-"`
	Max string `json:"-"`
}
