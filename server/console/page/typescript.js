// A Swagger UI plugin: beside each request body and each list of answers, their types in TypeScript, which the contract
// that the page is given carries as x-typescript.
window.TypeScriptPlugin = () => {
  const definitions = (part, sentence) => (Original, system) => (props) => {
    const { createElement: h, Fragment } = system.React;
    const [, path, method] = props.specPath;
    const text = system.specSelectors.specJson().getIn(["paths", path, method, "x-typescript", part]);
    if (!text) return h(Original, props);
    const Code = system.getComponent("HighlightCode", true);
    const types = h("details", { className: "typescript" },
      h("summary", null, "TypeScript Definitions", h("span", null, sentence)),
      h(Code, { language: "javascript", canCopy: true }, text.trimEnd()));
    return part === "request" ? h(Fragment, null, h(Original, props), types) : h(Fragment, null, types, h(Original, props));
  };
  return {
    wrapComponents: {
      RequestBody: definitions("request", "Use the request body type in TypeScript."),
      responses: definitions("responses", "Use the response body types in TypeScript."),
    },
  };
};
