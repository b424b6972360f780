package connector

import (
	"bytes"
	"strings"
)

// members watches over the members of one object while a document copies it.
type members struct {
	known   []member
	start   int              // where the first member stands in out
	at      [maxMembers]span // of the known members, by index; end is 0 until one was copied
	others  []span           // of the unknown members, as they came
	names   map[string]bool  // of the unknown members, once they are many
	next    int              // index behind the last known member
	open    int              // the member whose value is being copied: its index, -1 for the last unknown one
	sorted  bool             // the documented order was kept so far
	trailed bool             // a trailing member was copied
}

// maxMembers is room for the largest object of the shape.
const maxMembers = 20

// find returns the index of the known member with this name, -1 if there is none.
func (o *members) find(name []byte) int {
	if o.next < len(o.known) && o.known[o.next].name == string(name) {
		return o.next
	}
	for i, m := range o.known {
		if m.name == string(name) || m.secret && strings.EqualFold(m.name, string(name)) {
			return i
		}
	}
	return -1
}

// add begins a member in out; false if it is there already.
func (o *members) add(d *document, known int, name []byte) bool {
	if known >= 0 {
		if o.at[known].end > 0 {
			return false
		}
		if o.known[known].trailing {
			o.trailed = true
		} else {
			o.sorted = o.sorted && known >= o.next && len(o.others) == 0 && !o.trailed
		}
		o.next = known + 1
		o.at[known].start = d.begin(o.start, name)
	} else {
		if o.has(d, name) {
			return false
		}
		o.sorted = o.sorted && !o.trailed
		o.others = append(o.others, span{start: d.begin(o.start, name)})
	}
	o.open = known
	return true
}

// begin writes a member's name, and returns where it stands in out.
func (d *document) begin(first int, name []byte) int {
	if len(d.out) > first {
		d.out = append(d.out, ',')
	}
	start := len(d.out)
	d.out = append(append(append(d.out, '"'), name...), '"', ':')
	return start
}

// added ends the member that was begun last.
func (o *members) added(d *document) {
	if o.open >= 0 {
		o.at[o.open].end = len(d.out)
	} else {
		o.others[len(o.others)-1].end = len(d.out)
	}
}

// has tells whether an unknown member of this name was copied, and remembers the name where they are many.
func (o *members) has(d *document, name []byte) bool {
	const few = 16
	if o.names == nil && len(o.others) < few {
		for _, at := range o.others {
			if rest, found := bytes.CutPrefix(d.out[at.start+1:at.end], name); found && rest[0] == '"' {
				return true
			}
		}
		return false
	}
	if o.names == nil {
		o.names = make(map[string]bool)
		for _, at := range o.others {
			s := scanner{b: d.out[at.start:at.end], ok: true}
			quoted := s.skip().of(s.b)
			o.names[string(quoted[1:len(quoted)-1])] = true
		}
	}
	if o.names[string(name)] {
		return true
	}
	o.names[string(name)] = true
	return false
}

// missing returns the name of the first known member that was not copied.
func (o *members) missing() string {
	for i, m := range o.known {
		if !m.secret && !m.trailing && o.at[i].end == 0 {
			return m.name
		}
	}
	return ""
}

// sort puts the members in out into the documented order.
func (o *members) sort(d *document) {
	if o.sorted {
		return
	}
	was := bytes.Clone(d.out[o.start:])
	d.out = d.out[:o.start]
	put := func(at span) {
		if at.end == 0 {
			return
		}
		if len(d.out) > o.start {
			d.out = append(d.out, ',')
		}
		d.out = append(d.out, was[at.start-o.start:at.end-o.start]...)
	}
	for i, m := range o.known {
		if !m.trailing {
			put(o.at[i])
		}
	}
	for _, at := range o.others {
		put(at)
	}
	for i, m := range o.known {
		if m.trailing {
			put(o.at[i])
		}
	}
}
