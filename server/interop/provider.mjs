// The certified oidc-provider as an issuer on loopback, in which everybody who arrives is signed in at once. It prints
// its configuration as one line of JSON and runs until its standard input ends. Environment: AUDIENCE,
// SUBJECT, and ACCESS_SECONDS for which a person's access token is good.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const { AUDIENCE, SUBJECT, ACCESS_SECONDS = 600 } = process.env;
const secret = randomUUID();
const algorithms = ["RS256", "PS256", "ES256", "Ed25519"];

const jwk = (alg, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), kid: `${alg}-key`, use: "sig", alg });

// One confidential client for each algorithm that tokens are signed with.
const machine = (alg) => ({
  client_id: alg, client_secret: secret, grant_types: ["client_credentials"], redirect_uris: [], response_types: [] });

const configuration = {
  jwks: { keys: [jwk("RS256", "rsa", { modulusLength: 2048 }), jwk("PS256", "rsa", { modulusLength: 2048 }),
    jwk("ES256", "ec", { namedCurve: "P-256" }), jwk("Ed25519", "ed25519")] },
  enabledJWA: { idTokenSigningAlgValues: algorithms },
  clients: [
    ...algorithms.map(machine),
    { client_id: "cde", token_endpoint_auth_method: "none", application_type: "native",
      redirect_uris: ["http://127.0.0.1/", "http://127.0.0.1/callback"], response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"] },
  ],
  pkce: { required: () => true },
  scopes: ["openid", "offline_access"],
  rotateRefreshToken: true,
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed("refresh_token"),
  findAccount: (ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: Number(ACCESS_SECONDS), ClientCredentials: 600, IdToken: 600, Interaction: 600, Session: 600, Grant: 600, RefreshToken: 600, DeviceCode: 600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource, client) => ({
        audience: resource, scope: "cde", accessTokenFormat: resource.endsWith("/opaque") ? "opaque" : "jwt",
        jwt: { sign: { alg: algorithms.includes(client.clientId) ? client.clientId : "ES256" } },
      }),
    },
  },
};

const server = createServer(serve);
let provider;

async function serve(request, response) {
  if (request.url.startsWith("/interaction/")) return consent(request, response);
  return provider.callback()(request, response);
}

/** Answers each prompt as SUBJECT, who agrees to everything. */
async function consent(request, response) {
  const { prompt, params, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: SUBJECT } });
  }
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: SUBJECT, clientId: params.client_id });
  grant.addOIDCScope("openid offline_access");
  grant.addResourceScope(AUDIENCE, "cde");
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, configuration);
  for (const event of ["server_error", "grant.error", "authorization.error"]) {
    provider.on(event, (ctx, error) => console.error(event, error.message, error.error_description ?? ""));
  }
  console.log(JSON.stringify({ issuer, secret, algorithms }));
});
process.stdin.resume().on("end", () => process.exit());
