package failure

// Param says what is wrong with one parameter; package envelope exports it as ParamError.
type Param struct {
	// Param is the name. A nested one is written with dots, and an element of a list with its
	// index: lines[0].sku.
	Param string `json:"param"`
	// Code identifies the problem to programs, in snake case: out_of_range.
	Code string `json:"code"`
	// Message is a whole sentence for people.
	Message string `json:"message"`
	// Expected describes what would be accepted, to follow "must be"; "" if unknown.
	Expected string `json:"expected"`
	// Min and Max are the violated bounds of a number, a length or a count, for translations; ""
	// if there is none. They are not sent.
	Min string `json:"-"`
	Max string `json:"-"`
}
