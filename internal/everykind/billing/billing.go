// Package billing has a type of the same name as one of package everykind.
package billing

// Address is where bills go.
type Address struct {
	Company string `json:"company"`
	VAT     string `json:"vat,omitempty" example:"DE123456789"`
}
