// Starts Swagger UI on the contract as this server answers it.
(() => {
  const { clientId, scopes } = document.getElementById("console").dataset;

  const page = () => ({
    components: { InfoUrl: () => null }, // the contract's link stands in the masthead
    wrapComponents: {
      authorizeBtn: (Original, { React: { createElement: h, Fragment } }) => (props) =>
        h(Fragment, null, h("p", { className: "sign-in" }, "Sign in to run requests against the CDE API."), h(Original, props)),
    },
  });

  const ui = SwaggerUIBundle({
    dom_id: "#console",
    url: "contract.yaml",
    plugins: [page, window.TypeScriptPlugin],
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    showCommonExtensions: true,
    defaultModelExpandDepth: 3,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    oauth2RedirectUrl: new URL("oauth2-redirect.html", location.href).href,
  });
  if (clientId) ui.initOAuth({ clientId, scopes, usePkceWithAuthorizationCodeGrant: true });
})();
