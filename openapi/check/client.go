package check

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// described finds, in gen/apiclient, an operationId and the Go name of its method.
var described = regexp.MustCompile(`ID:\s*"([^"]+)",\s*Name:\s*"([^"]+)"`)

// Client refuses that an operation has no method in the SDK or no command, and that the method of a deprecated one, which is
// written by hand, does not say so. module is the module's root directory. It looks at operations.
func Client(contract []byte, module fs.FS) Report {
	report := Report{Check: "client", What: "operations"}
	d, finding := parse(report.Check, contractFile, contract)
	if finding != nil {
		report.Findings = []Finding{*finding}
		return report
	}
	names, methods, commands, err := clientSources(module)
	if err != nil {
		report.Findings = []Finding{{Check: report.Check, File: "client", Place: "the sources", Problem: err.Error(), Remedy: "make generate"}}
		return report
	}
	for o := range d.operations() {
		report.Looked++
		refuse := func(file string, line int, problem, remedy string) {
			report.Findings = append(report.Findings, Finding{
				Check: report.Check, File: file, Line: line, Place: o.OperationID + ", " + o.place(), Problem: problem, Remedy: remedy,
			})
		}
		name := names[o.OperationID]
		method, ok := methods[name]
		switch {
		case name == "":
			refuse("gen/apiclient/apiclient.gen.go", 0, "is not in the generated client", "make generate")
		case !ok:
			refuse(contractFile, o.line(), "has no method "+name+" in the SDK", "add one file to client, like client/rollback.go")
		case o.Deprecated != method.deprecated:
			refuse(method.file, method.line, fmt.Sprintf("deprecated is %t in the contract and %t in the comment of the method", o.Deprecated, method.deprecated),
				"a deprecated method's comment ends with a paragraph that begins with `Deprecated: ` and says what to use instead")
		}
		if !strings.Contains(commands, `"`+o.OperationID+`"`) {
			refuse(contractFile, o.line(), "has no command", "add one file to client/cmd/cde, like client/cmd/cde/rollback.go")
		}
	}
	return report
}

// method is a method of the SDK's client.
type method struct {
	file       string
	line       int
	deprecated bool
}

// clientSources reads the generated names by operationId, the SDK's methods by name, and the text of all commands.
func clientSources(module fs.FS) (names map[string]string, methods map[string]method, commands string, err error) {
	generated, err := fs.ReadFile(module, "gen/apiclient/apiclient.gen.go")
	if err != nil {
		return nil, nil, "", err
	}
	names = map[string]string{}
	for _, match := range described.FindAllSubmatch(generated, -1) {
		names[string(match[1])] = string(match[2])
	}
	methods = map[string]method{}
	if err := goFiles(module, "client", func(file string, content []byte) error { return methodsIn(file, content, methods) }); err != nil {
		return nil, nil, "", err
	}
	var text strings.Builder
	err = goFiles(module, "client/cmd/cde", func(_ string, content []byte) error {
		_, err := text.Write(content)
		return err
	})
	return names, methods, text.String(), err
}

// goFiles calls read with each Go file of a folder that is no test.
func goFiles(module fs.FS, folder string, read func(file string, content []byte) error) error {
	entries, err := fs.ReadDir(module, folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file := path.Join(folder, entry.Name())
		content, err := fs.ReadFile(module, file)
		if err != nil {
			return err
		}
		if err := read(file, content); err != nil {
			return err
		}
	}
	return nil
}

// methodsIn adds the methods of *Client that a file declares.
func methodsIn(name string, content []byte, methods map[string]method) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, content, parser.ParseComments)
	if err != nil {
		return err
	}
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Recv == nil {
			continue
		}
		pointer, ok := function.Recv.List[0].Type.(*ast.StarExpr)
		if !ok {
			continue
		}
		if receiver, ok := pointer.X.(*ast.Ident); ok && receiver.Name == "Client" {
			paragraphs := strings.Split(function.Doc.Text(), "\n\n")
			methods[function.Name.Name] = method{name, files.Position(function.Pos()).Line,
				slices.ContainsFunc(paragraphs, func(p string) bool { return strings.HasPrefix(p, "Deprecated: ") })}
		}
	}
	return nil
}
