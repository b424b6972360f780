package connector

// SetMembers sets members of a version by their dotted paths, in the order of the pairs, as a rule of a further
// operation does, and returns the version and what changed.
func SetMembers(v Version, pairs ...any) (Version, []Change, error) {
	d := draft{from: &v}
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := d.set(pairs[i].(string), pairs[i+1]); err != nil {
			return Version{}, nil, err
		}
	}
	if d.empty() {
		return v, nil, nil
	}
	return d.finish()
}
