// Package billing has a type with the same name as one in package everykind.
package billing

// Address is the address for bills.
type Address struct {
	Company string `json:"company"`
	VAT     string `json:"vat,omitempty" example:"DE123456789"`
}
