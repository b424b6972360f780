// The certified openid-client against an issuer, flow by flow. It prints the access tokens that it got as one line of
// JSON, each under the name of its flow. Environment: ISSUER, AUDIENCE, RESOURCE_SERVER and its SECRET.
import assert from "node:assert/strict";
import * as client from "openid-client";

const { ISSUER, AUDIENCE, RESOURCE_SERVER, SECRET } = process.env;
const redirect = "http://127.0.0.1:41414/callback";
const owner = "5d4fc3a0-0000-4000-8000-000000000001";
const insecure = [client.allowInsecureRequests]; // http, on loopback

const discover = (id, authentication, algorithm = "oidc") =>
  client.discovery(new URL(ISSUER), id, undefined, authentication, { algorithm, execute: insecure });

const cde = await discover("cde", client.None());
client.enableNonRepudiationChecks(cde); // the ID token's signature, by the issuer's published keys
const tokens = {};

/** Posts a form as a browser does that has just read it from a page, and gives the answer, redirects not followed. */
async function choose(page, persona) {
  const html = await (await fetch(page)).text();
  const action = /<form method="post" action="([^"]*)"/.exec(html)[1];
  const hidden = /<input type="hidden" name="([^"]*)" value="([^"]*)"/.exec(html);
  const form = new URLSearchParams({ [hidden[1]]: hidden[2], persona });
  return fetch(new URL(action, ISSUER), { method: "POST", body: form, redirect: "manual" });
}

async function authorize(persona) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const address = client.buildAuthorizationUrl(cde, {
    redirect_uri: redirect, scope: "openid offline_access", resource: AUDIENCE, state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256" });
  const answer = await choose(address, persona);
  assert.equal(answer.status, 303);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return [new URL(answer.headers.get("location")), checks];
}

// Authorization code with PKCE, OpenID Connect.
const [answer, checks] = await authorize("owner");
const signedIn = await client.authorizationCodeGrant(cde, answer, checks);
assert.equal(signedIn.claims().sub, owner);
tokens.code = signedIn.access_token;

// The same code again is refused, and ends what it had given.
await assert.rejects(client.authorizationCodeGrant(cde, answer, checks), { error: "invalid_grant" });
await assert.rejects(client.refreshTokenGrant(cde, signedIn.refresh_token), { error: "invalid_grant" });

// Somebody who denies.
await assert.rejects(authorize("deny").then(([denied, c]) => client.authorizationCodeGrant(cde, denied, c)), { error: "access_denied" });

// A code that another verifier asks for.
const [stolen, theirs] = await authorize("owner");
await assert.rejects(
  client.authorizationCodeGrant(cde, stolen, { ...theirs, pkceCodeVerifier: client.randomPKCECodeVerifier() }), { error: "invalid_grant" });

// Refresh tokens rotate; one that is used twice ends the session.
const [again, further] = await authorize("owner");
const first = await client.authorizationCodeGrant(cde, again, further);
const second = await client.refreshTokenGrant(cde, first.refresh_token);
assert.notEqual(second.refresh_token, first.refresh_token);
tokens.refresh = second.access_token;
await assert.rejects(client.refreshTokenGrant(cde, first.refresh_token), { error: "invalid_grant" });
await assert.rejects(client.refreshTokenGrant(cde, second.refresh_token), { error: "invalid_grant" });

// Device flow.
const device = await client.initiateDeviceAuthorization(cde, { scope: "openid" });
assert.match(device.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
const polling = client.pollDeviceAuthorizationGrant(cde, device);
assert.equal((await choose(device.verification_uri_complete, "owner")).status, 200);
const onDevice = await polling;
assert.equal(onDevice.claims().sub, owner);
tokens.device = onDevice.access_token;

// Client credentials, by the metadata of RFC 8414.
const machine = await discover("owner", client.None(), "oauth2");
tokens.credentials = (await client.clientCredentialsGrant(machine, { resource: AUDIENCE })).access_token;

// Introspection, and revocation.
const resourceServer = await discover(RESOURCE_SERVER, client.ClientSecretBasic(SECRET));
const known = await client.tokenIntrospection(resourceServer, tokens.device);
assert.deepEqual([known.active, known.sub, known.aud], [true, owner, AUDIENCE]);
await client.tokenRevocation(cde, onDevice.refresh_token);
assert.equal((await client.tokenIntrospection(resourceServer, tokens.device)).active, false);
await assert.rejects(client.refreshTokenGrant(cde, onDevice.refresh_token), { error: "invalid_grant" });

console.log(JSON.stringify(tokens));
