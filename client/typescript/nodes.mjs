// What openapi-typescript leaves unsaid of two forms of the contract.
import ts from "typescript";

/** An open set of strings: the known values for the editor to offer, and any other string. */
export function openSet(schema) {
  const known = schema["x-extensible-enum"];
  if (!known) return undefined;
  const values = known.map((value) => ts.factory.createLiteralTypeNode(ts.factory.createStringLiteral(value)));
  const string = ts.factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword);
  const other = ts.factory.createIntersectionTypeNode([string, ts.factory.createTypeLiteralNode([])]);
  return ts.factory.createUnionTypeNode([...values, ts.factory.createParenthesizedType(other)]);
}

/**
 * The nodes with `T | (never | null)` written as `T | null`: a nullable reference stands in OpenAPI 3.0 as oneOf
 * with an object whose only value is null.
 */
export function withoutNever(nodes) {
  const visit = (node) => {
    const visited = ts.visitEachChild(node, visit, undefined);
    if (!ts.isUnionTypeNode(visited)) return visited;
    const types = visited.types.flatMap(alternatives).filter((type) => type.kind !== ts.SyntaxKind.NeverKeyword);
    return ts.factory.createUnionTypeNode(types);
  };
  return nodes.map(visit);
}

const alternatives = (type) =>
  ts.isParenthesizedTypeNode(type) && ts.isUnionTypeNode(type.type) ? type.type.types.flatMap(alternatives) : [type];
