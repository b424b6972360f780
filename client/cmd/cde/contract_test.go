package main

import (
	"bytes"
	"path"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/productsupcom/cde/openapi"
)

// TestEveryOperationHasACommand reads the contract: each operation has one command, with a flag for each field of its
// body, named as the field is.
func TestEveryOperationHasACommand(t *testing.T) {
	var contract struct {
		Paths      map[string]map[string]contractOperation
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := yaml.Unmarshal(openapi.YAML, &contract); err != nil {
		t.Fatal(err)
	}
	commands := operationCommands(t, new(app).rootCommand())
	checked := 0
	for _, methods := range contract.Paths {
		for _, operation := range methods {
			command := commands[operation.OperationID]
			if command == nil {
				t.Errorf("operation %s has no command: add a file beside rollback.go", operation.OperationID)
				continue
			}
			checked++
			delete(commands, operation.OperationID)
			schema := operation.RequestBody.Content["application/json"].Schema.Ref
			for field := range contract.Components.Schemas[path.Base(schema)].Properties {
				if command.Flags().Lookup(field) == nil {
					t.Errorf("%s has no --%s", command.CommandPath(), field)
				}
			}
		}
	}
	for id, command := range commands {
		t.Errorf("%s is for the operation %s, which the contract does not have", command.CommandPath(), id)
	}
	if checked < 2 {
		t.Errorf("%d operations checked", checked)
	}
}

type contractOperation struct {
	OperationID string `yaml:"operationId"`
	RequestBody struct {
		Content map[string]struct {
			Schema struct {
				Ref string `yaml:"$ref"`
			}
		}
	} `yaml:"requestBody"`
}

func operationCommands(t *testing.T, command *cobra.Command) map[string]*cobra.Command {
	all := map[string]*cobra.Command{}
	if id := command.Annotations["operationId"]; id != "" {
		all[id] = command
	}
	for _, child := range command.Commands() {
		for id, command := range operationCommands(t, child) {
			if all[id] != nil {
				t.Errorf("%s and %s are for the same operation", all[id].CommandPath(), command.CommandPath())
			}
			all[id] = command
		}
	}
	return all
}

// TestHelpIsWhole holds that every command says what it does, and what its flags mean.
func TestHelpIsWhole(t *testing.T) {
	var all func(*cobra.Command)
	seen := 0
	all = func(command *cobra.Command) {
		seen++
		if command.Short == "" || strings.HasSuffix(command.Short, ".") || command.Annotations["operationId"] != "" && command.Example == "" {
			t.Errorf("%s: help %q, example %q", command.CommandPath(), command.Short, command.Example)
		}
		var help bytes.Buffer
		command.SetOut(&help)
		if err := command.Help(); err != nil {
			t.Error(err)
		}
		for _, line := range strings.Split(help.String(), "\n") {
			if len([]rune(line)) > 130 {
				t.Errorf("%s: a line of %d characters: %s", command.CommandPath(), len(line), line)
			}
		}
		for _, child := range command.Commands() {
			if child.Name() != "completion" { // cobra's own words
				all(child)
			}
		}
	}
	all(new(app).rootCommand())
	if seen < 12 {
		t.Errorf("%d commands seen", seen)
	}
}
