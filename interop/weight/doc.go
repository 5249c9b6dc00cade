// Package weight holds, by its test, what each piece alone adds to a program.
package weight
