package check

import (
	"bytes"
	"fmt"

	"github.com/speakeasy-api/openapi/overlay/loader"
	"gopkg.in/yaml.v3"
)

// Overlay refuses an action of the Go overlay whose target the contract does not have. It looks at actions.
func Overlay(contract, overlay []byte) Report {
	report := Report{Check: "overlay", What: "actions"}
	refuse := func(line int, place, problem, remedy string) {
		report.Findings = append(report.Findings, Finding{
			Check: report.Check, File: overlayFile, Line: line, Place: place, Problem: problem, Remedy: remedy,
		})
	}
	parsed, err := loader.LoadOverlayFromReader(bytes.NewReader(overlay))
	if err == nil {
		err = parsed.Validate()
	}
	if err != nil {
		refuse(0, "the whole document", "cannot be read as an overlay: "+short(err.Error()), "mend it")
		return report
	}
	actions := parsed.Actions
	for i, action := range actions {
		report.Looked++
		var document yaml.Node
		if err := yaml.Unmarshal(contract, &document); err != nil {
			refuse(0, "the contract", "cannot be read: "+short(err.Error()), "mend the contract")
			return report
		}
		parsed.Actions = actions[i : i+1]
		if _, err := parsed.ApplyToStrict(&document); err != nil {
			refuse(lineOfAction(overlay, i), action.Target, fmt.Sprintf("action %d hits nothing in the contract", i+1),
				"follow the rename in the overlay, or drop the action if what it was about is gone")
		}
	}
	return report
}

// lineOfAction is 0 where the overlay is not laid out as one.
func lineOfAction(overlay []byte, index int) int {
	var document yaml.Node
	if err := yaml.Unmarshal(overlay, &document); err != nil || len(document.Content) == 0 {
		return 0
	}
	actions := member(document.Content[0], "actions")
	if actions == nil || index >= len(actions.Content) {
		return 0
	}
	return actions.Content[index].Line
}
