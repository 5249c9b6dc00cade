// Package actions has the example actions that Actionhero ships: cacheTest,
// randomNumber, sleepTest, status and validationTest, with the same inputs and
// results. The example server and the reference app both offer them.
package actions
