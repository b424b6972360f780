package connector

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// MaxRecordSize is how many bytes one record of an import may have.
const MaxRecordSize = 16 << 20

// RecordError says what is wrong with which record of an import. It never shows a value.
type RecordError struct {
	Record int    // from 1
	Line   int    // from 1, where the problem stands
	Path   string // of the member, such as versions[0].config.docker; empty if it is the whole record
	Text   string // what is wrong
}

// Error returns all of it on one line.
func (e *RecordError) Error() string {
	where := fmt.Sprintf("line %d, record %d: ", e.Line, e.Record)
	if e.Path != "" {
		where += e.Path + ": "
	}
	return where + e.Text
}

// ReadRecords reads an import: a JSON array of records or records one after the other (newline-delimited
// or not), one at a time in memory, each at most [MaxRecordSize]. The sequence can be ranged over once and ends with
// the first error, a [RecordError] or what r failed with.
//
// Each version must have the shape of the API's data object, all members present, none twice; members the
// shape does not know are kept. The token of a vcs is dropped and warn is told, if it is not nil.
func ReadRecords(r io.Reader, warn func(RecordError)) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		split := splitter{line: 1}
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, 64<<10), MaxRecordSize)
		lines.Split(split.next)
		for count := 1; lines.Scan(); count++ {
			b, line := lines.Bytes(), split.line
			locate := func(p problem) RecordError {
				return RecordError{count, line + bytes.Count(b[:min(p.offset, len(b))], newline), p.path, p.text}
			}
			record, err := parseRecord(b, func(p problem) {
				if warn != nil {
					warn(locate(p))
				}
			})
			if p := (*problem)(nil); errors.As(err, &p) {
				located := locate(*p)
				err = &located
			}
			if !yield(record, err) || err != nil {
				return
			}
			split.line += bytes.Count(b, newline)
			split.count = count
		}
		if err := lines.Err(); err != nil {
			yield(Record{}, split.explain(err))
		}
	}
}

var newline = []byte("\n")

// splitter cuts an import into its records.
type splitter struct {
	line, count int  // the line at hand, from 1, and how many records were read
	inArray     bool // the import is an array whose end has not come
	ended       bool // the array's end has come
	comma       bool // a record must follow or precede
}

// splitError is what is wrong with the text between records.
type splitError string

func (e splitError) Error() string { return string(e) }

// next is a bufio.SplitFunc.
func (s *splitter) next(data []byte, atEOF bool) (advance int, token []byte, err error) {
	for i, c := range data {
		switch {
		case c == '\n':
			s.line++
		case c == ' ' || c == '\r' || c == '\t':
		case c == '{' && !s.ended && (!s.inArray || s.count == 0 || s.comma):
			scan := scanner{b: data, i: i, ok: true}
			if scan.skipNested(); !scan.ok {
				return s.unfinished(data, i, atEOF)
			}
			s.comma = false
			return scan.i, data[i:scan.i], nil
		case c == '[' && !s.inArray && !s.ended && s.count == 0:
			s.inArray = true
		case c == ',' && s.inArray && s.count > 0 && !s.comma:
			s.comma = true
		case c == ']' && s.inArray && !s.comma:
			s.inArray, s.ended = false, true
		default:
			return 0, nil, splitError("A record was expected here, or the end.")
		}
	}
	if atEOF && s.inArray {
		return 0, nil, splitError("The array does not end.")
	}
	return len(data), nil, nil
}

// unfinished is what [splitter.next] returns for a record that begins at data[i] and does not end in data: more of it is to be
// read, unless it is no JSON by now. Looking for its end in the records behind it would find what is not its own.
func (s *splitter) unfinished(data []byte, i int, atEOF bool) (int, []byte, error) {
	begun := data[i:]
	if offset, broken := syntaxError(begun); broken && offset < len(begun)-1 {
		s.line += bytes.Count(begun[:offset], newline)
		return 0, nil, splitError(notJSON)
	}
	if atEOF {
		return 0, nil, splitError("The last record does not end.")
	}
	return i, nil, nil
}

// explain says where the splitter failed.
func (s *splitter) explain(err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		err = splitError(fmt.Sprintf("This record is longer than %d bytes.", MaxRecordSize))
	}
	if text := splitError(""); errors.As(err, &text) {
		return &RecordError{s.count + 1, s.line, "", string(text)}
	}
	return err
}
