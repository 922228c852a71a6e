// Command dictionary writes the data dictionary to the file it is given.
package main

import (
	"fmt"
	"os"

	"acopio/shared/schema"
	"acopio/shared/schema/dictionary"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: dictionary FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := dictionary.Write(file, schema.Registry()); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
