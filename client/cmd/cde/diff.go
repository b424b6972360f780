package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// difference is one value that is not what it was.
type difference struct {
	path          string // dotted
	before, after string // JSON, "" for none
}

// differences compares two JSON documents value by value, in the order of their paths; lists are one value.
func differences(before, after json.RawMessage) ([]difference, error) {
	was, err := decode(before)
	if err != nil {
		return nil, err
	}
	is, err := decode(after)
	if err != nil {
		return nil, err
	}
	return compare(nil, "", was, is), nil
}

func decode(document json.RawMessage) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

func compare(found []difference, path string, before, after any) []difference {
	was, is1 := before.(map[string]any)
	is, is2 := after.(map[string]any)
	if !is1 || !is2 {
		if !reflect.DeepEqual(before, after) {
			found = append(found, difference{path, compact(before), compact(after)})
		}
		return found
	}
	all := maps.Clone(was)
	maps.Copy(all, is)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		below := name
		if path != "" {
			below = path + "." + name
		}
		old, had := was[name]
		new, has := is[name]
		switch {
		case !had:
			found = append(found, difference{below, "", compact(new)})
		case !has:
			found = append(found, difference{below, compact(old), ""})
		default:
			found = compare(found, below, old, new)
		}
	}
	return found
}

func compact(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // came from JSON
	return string(bytes.TrimSpace(b.Bytes()))
}

// tellChanges tells what an answer has changed against the last one that is known of the version, and keeps it.
func (a *app) tellChanges(publicID, version string, answer json.RawMessage) {
	known := a.answers()
	before := known.load(publicID, version)
	if err := known.save(publicID, version, answer); err != nil && a.flags.verbose {
		a.tell("The answer is not kept for later comparison: %v", err)
	}
	if before == nil {
		a.tell("No earlier answer is known here to compare it with.")
		return
	}
	changes, err := differences(before, answer)
	switch {
	case err != nil:
		return // a damaged copy is no copy, and is replaced by now
	case len(changes) == 0:
		a.tell("Nothing changed since the last known answer.")
		return
	}
	a.tell("Changed since the last known answer:")
	for _, change := range changes {
		fmt.Fprintf(a.stderr, "  %s\n", printable(change.path))
		if change.before != "" {
			fmt.Fprintln(a.stderr, a.color(red, "    - "+printable(change.before)))
		}
		if change.after != "" {
			fmt.Fprintln(a.stderr, a.color(green, "    + "+printable(change.after)))
		}
	}
}
