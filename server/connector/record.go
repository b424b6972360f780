package connector

// Record is a connector with its versions: what is imported and exported.
type Record struct {
	PublicID   PublicID
	Owner      string    // a UUID in lower case
	Integrator string    // the same, or empty
	Main       *int      // main-version-number
	Versions   []Version // at least one, in rising order of their numbers, none twice
}

// Connector returns the record without the documents.
func (r Record) Connector() Connector {
	c := Connector{PublicID: r.PublicID, Owner: r.Owner, Integrator: r.Integrator, Main: r.Main}
	c.Versions = make([]VersionInfo, len(r.Versions))
	for i, v := range r.Versions {
		c.Versions[i] = VersionInfo{Number: v.Number(), Deleted: v.Deleted()}
	}
	return c
}
