// Cuts out of openapi-typescript's syntax tree what one operation needs, as text that stands alone.
import ts from "typescript";

/**
 * The TypeScript of each operation of the contract, keyed by operationId, each a text that compiles alone:
 * `request` the type of its JSON body (missing where it has none), `responses` the type of its answers by status.
 */
export function operationTypes(nodes) {
  const schemas = members(property(named(nodes, "components"), "schemas")?.type);
  const types = {};
  for (const [id, operation] of members(named(nodes, "operations"))) {
    const name = id[0].toUpperCase() + id.slice(1);
    const request = json(property(operation.type, "requestBody")?.type);
    const responses = [...members(property(operation.type, "responses").type)].map(([status, response]) =>
      ts.factory.createPropertySignature(undefined, response.name, undefined, jsonOf(response.type, nodes) ?? never()));
    types[id] = {
      ...(request && { request: text(name + "Request", request, schemas) }),
      responses: text(name + "Responses", ts.factory.createTypeLiteralNode(responses), schemas),
    };
  }
  return types;
}

const never = () => ts.factory.createKeywordTypeNode(ts.SyntaxKind.NeverKeyword);

const named = (nodes, name) => nodes.find((node) => node.name?.text === name);

const members = (node) => new Map((node?.members ?? []).filter((m) => m.name).map((m) => [m.name.text, m]));

const property = (node, name) => members(node).get(name);

const json = (body) => property(property(body, "content")?.type, "application/json")?.type;

/** The JSON type of a response, which may stand in the operation or be a reference into components. */
function jsonOf(response, nodes) {
  const path = reference(response);
  if (!path) return json(response);
  const [, ...rest] = path;
  return json(rest.reduce((node, name) => property(node, name)?.type ?? property(node, name), named(nodes, "components")));
}

/** The path of components["a"]["b"], or undefined where the node is no such reference. */
function reference(node) {
  if (ts.isTypeReferenceNode(node)) return node.typeName.text === "components" ? ["components"] : undefined;
  if (!ts.isIndexedAccessTypeNode(node)) return undefined;
  const path = reference(node.objectType);
  return path && [...path, node.indexType.literal.text];
}

/** The declaration of type under name, followed by every schema that it leads to, in the order of use. */
function text(name, type, schemas) {
  const used = new Set();
  const short = (node) => {
    const path = reference(node);
    if (path?.[1] !== "schemas") return ts.visitEachChild(node, short, undefined);
    used.add(path[2]);
    return ts.factory.createTypeReferenceNode(path[2]);
  };
  const root = ts.visitNode(type, short);
  const alone = ts.isTypeReferenceNode(root); // the body is one schema: its own name says enough
  const declarations = alone ? [] : [declare(name, root)];
  for (const schema of used) {
    const node = schemas.get(schema);
    const declaration = declare(schema, ts.visitNode(node.type, short));
    ts.setSyntheticLeadingComments(declaration, ts.getSyntheticLeadingComments(node));
    declarations.push(declaration);
  }
  return declarations.map(print).join("\n");
}

function declare(name, type) {
  const exported = [ts.factory.createModifier(ts.SyntaxKind.ExportKeyword)];
  return ts.isTypeLiteralNode(type) && !type.members.some(ts.isIndexSignatureDeclaration)
    ? ts.factory.createInterfaceDeclaration(exported, name, undefined, undefined, type.members)
    : ts.factory.createTypeAliasDeclaration(exported, name, undefined, type);
}

const printer = ts.createPrinter({ newLine: ts.NewLineKind.LineFeed });
const file = ts.createSourceFile("operations.ts", "", ts.ScriptTarget.Latest);

/** The node as source text, indented by two, comments without the tag that every one of them carries. */
function print(node) {
  return printer
    .printNode(ts.EmitHint.Unspecified, node, file)
    .replace(/\[\n *\]/g, "[]")
    .replace(/^( {4})+/gm, (indent) => indent.slice(indent.length / 2))
    .replaceAll("@description ", "")
    .replace(/^( *\*) {5}(?=\S)/gm, "$1 ")
    .concat("\n");
}
