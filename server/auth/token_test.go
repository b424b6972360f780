package auth_test

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/auth"
)

// tokenRow is one token and what is answered. description is the error_description of the challenge; empty for a good token.
type tokenRow struct {
	name, token, description string
}

const notValid = "the access token is not valid" // all that is said as long as the signature is not known to be good

// goodTokens are the forms in which a token is accepted.
func goodTokens(now time.Time) []tokenRow {
	es, claims := goodHeader("ES256", "es"), goodClaims(now)
	row := func(name string, header, claims object) tokenRow { return tokenRow{name, signES(header, claims), ""} }
	return []tokenRow{
		row("ES256", es, claims),
		{"RS256", sign(jwt.SigningMethodRS256, rsaKey, goodHeader("RS256", "rs").String(), claims.String()), ""},
		{"EdDSA", sign(jwt.SigningMethodEdDSA, edKey, goodHeader("EdDSA", "ed").String(), claims.String()), ""},
		{"EdDSA by its new name", sign(jwt.SigningMethodEdDSA, edKey, goodHeader("Ed25519", "ed").String(), claims.String()), ""},
		row("typ JWT", es.set("typ", `"JWT"`), claims),
		row("typ in other case", es.set("typ", `"AT+JWT"`), claims),
		row("typ as media type", es.set("typ", `"application/at+jwt"`), claims),
		row("a list of audiences", es, claims.set("aud", `["other","`+audience+`"]`)),
		row("expired 29 s ago", es, claims.set("exp", seconds(now.Add(-29*time.Second)))),
		row("valid in 29 s", es, claims.set("nbf", seconds(now.Add(29*time.Second)))),
		row("issued in 29 s", es, claims.set("iat", seconds(now.Add(29*time.Second)))),
		row("a fraction in exp", es, claims.set("exp", seconds(now.Add(time.Minute))+".75")),
		row("no iat", es, claims.drop("iat")),
		row("white space in the JSON", es, object{}.add("jti", " [ {\"a\\\"}\" : 1 } , \"x\" ]\n ").add("iss", "\t"+quote(issuerURL)+" ").
			add("aud", "[ "+quote(audience)+" ]").add("sub", quote(subject)).add("exp", " "+seconds(now.Add(time.Minute)))),
		row("an escaped name", es, claims.drop("sub").add(`\u0073ub`, quote(subject))),
		row("other members of the header", es.add("x5t", `"abc"`), claims),
	}
}

// badTokens are the rows that must be refused with 401, whatever else is right about them.
func badTokens(now time.Time) []tokenRow {
	es, rs, claims := goodHeader("ES256", "es"), goodHeader("RS256", "rs"), goodClaims(now)
	good := signES(es, claims)
	parts := strings.Split(good, ".")
	join := func(parts ...string) string { return strings.Join(parts, ".") }
	enc := func(s string) string { return b64.EncodeToString([]byte(s)) }
	unsigned := func(header object) string { return enc(header.String()) + "." + parts[1] }

	var rows []tokenRow
	add := func(name, token, description string) { rows = append(rows, tokenRow{name, token, description}) }
	header := func(name string, h object) { add(name, signES(h, claims), notValid) }
	claim := func(name string, c object, description string) { add(name, signES(es, c), description) }

	// The algorithm.
	for _, alg := range []string{`"none"`, `"None"`, `"NONE"`, `""`, `"es256"`, `["ES256"]`, `null`, `256`} {
		add("alg "+alg, unsigned(es.set("alg", alg))+"."+parts[2], notValid)
		add("alg "+alg+" without signature", unsigned(es.set("alg", alg))+".", notValid)
		header("alg "+alg+" signed all the same", es.set("alg", alg))
	}
	header("no alg", es.drop("alg"))
	for encoding, secret := range publicKeyEncodings() {
		add("HS256 with the public key as "+encoding, sign(jwt.SigningMethodHS256, secret, goodHeader("HS256", "rs").String(), claims.String()), notValid)
	}
	rs256 := sign(jwt.SigningMethodRS256, rsaKey, rs.String(), claims.String())
	for _, alg := range []string{"RS512", "PS256", "RS384", "ES256"} {
		swapped := strings.Split(rs256, ".")
		swapped[0] = enc(rs.set("alg", quote(alg)).String())
		add(alg+" over an RS256 signature", join(swapped...), notValid)
	}
	add("RS512 by an RS256 key", sign(jwt.SigningMethodRS512, rsaKey, goodHeader("RS512", "rs").String(), claims.String()), notValid)
	add("PS256 by an RS256 key", sign(jwt.SigningMethodPS256, rsaKey, goodHeader("PS256", "rs").String(), claims.String()), notValid)

	// The signature.
	n := ecKey.Curve.Params().N
	for name, signature := range map[string][]byte{
		"psychic ES256": make([]byte, 64),
		"r = s = n":     append(n.FillBytes(make([]byte, 32)), n.FillBytes(make([]byte, 32))...),
		"r = 1, s = n":  append(big.NewInt(1).FillBytes(make([]byte, 32)), n.FillBytes(make([]byte, 32))...),
		"a short ES256": make([]byte, 63),
		"a DER ES256":   {0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01},
	} {
		add(name+" signature", join(parts[0], parts[1], b64.EncodeToString(signature)), notValid)
	}
	add("empty signature", join(parts[0], parts[1], ""), notValid)
	add("missing signature", join(parts[0], parts[1]), notValid)
	add("another's signature", join(parts[0], enc(claims.set("sub", `"x"`).String()), parts[2]), notValid)
	add("evil key under a good kid", sign(jwt.SigningMethodES256, evilECKey, es.String(), claims.String()), notValid)
	add("evil RSA key under a good kid", sign(jwt.SigningMethodRS256, evilRSAKey, rs.String(), claims.String()), notValid)

	// The form.
	add("one part", parts[0], notValid)
	add("four parts", good+"."+parts[2], notValid)
	add("five parts", good+"."+parts[2]+"."+parts[2], notValid)
	add("an empty header", join("", parts[1], parts[2]), notValid)
	add("an empty payload", join(parts[0], "", parts[2]), notValid)
	add("padding", join(parts[0], parts[1], parts[2]+"=="), notValid)
	add("padding inside", join(parts[0]+"=", parts[1], parts[2]), notValid)
	add("standard base64", standardBase64(claims), notValid)
	add("white space inside", parts[0]+". "+parts[1]+"."+parts[2], notValid)
	add("a line end inside", parts[0]+".\n"+parts[1]+"."+parts[2], notValid)
	add("a non-canonical tail of the signature", good[:len(good)-1]+nextTail(good[len(good)-1]), notValid)
	add("JSON serialisation", `{"protected":"`+parts[0]+`","payload":"`+parts[1]+`","signature":"`+parts[2]+`"}`, notValid)
	add("longer than 16 KiB", signES(es, claims.add("pad", quote(strings.Repeat("x", 13<<10)))), notValid)

	// The header.
	evil := string(must((&jose.JSONWebKey{Key: evilECKey.Public()}).MarshalJSON()))
	add("an embedded jwk", sign(jwt.SigningMethodES256, evilECKey, es.add("jwk", evil).String(), claims.String()), notValid)
	add("an embedded jwk without kid", sign(jwt.SigningMethodES256, evilECKey, es.drop("kid").add("jwk", evil).String(), claims.String()), notValid)
	header("jku", es.add("jku", `"https://evil.example/jwks"`))
	header("x5u", es.add("x5u", `"https://evil.example/x5u"`))
	header("x5c", es.add("x5c", `["MIIB"]`))
	header("unknown kid", es.set("kid", `"nobody"`))
	header("numeric kid", es.set("kid", `1`))
	header("null kid", es.set("kid", `null`))
	header("no kid", es.drop("kid"))
	header("kid of another key", es.set("kid", `"rs"`))
	header("kid in other case", es.set("kid", `"ES"`))
	header("kid that walks", es.set("kid", `"../../es"`))
	for _, crit := range []string{`["exp"]`, `["b64"]`, `[]`, `null`, `"x"`} {
		header("crit "+crit, es.add("crit", crit))
	}
	header("b64 false", es.add("b64", "false"))
	header("b64 true", es.add("b64", "true"))
	for _, typ := range []string{`"id_token"`, `"dpop+jwt"`, `"logout+jwt"`, `"secevent+jwt"`, `"JOSE"`, `""`, `null`, `["JWT"]`, `"at+jwt "`, `"application/"`} {
		header("typ "+typ, es.set("typ", typ))
	}
	header("no typ", es.drop("typ"))
	header("alg twice", es.add("alg", `"none"`))
	header("kid twice", es.add("kid", `"es"`))
	header("Alg beside alg", es.add("Alg", `"none"`))
	header("KID for kid", es.drop("kid").add("KID", `"es"`))
	header("Typ for typ", es.drop("typ").add("Typ", `"JWT"`))
	header("Crit for crit", es.add("Crit", `["x"]`))
	for _, raw := range []string{`[]`, `null`, `"x"`, `1`, `{`, ``, `{} {}`, "\xef\xbb\xbf{}", `{"alg":"ES256",}`, "{\"alg\":\"ES256\",\"kid\":\"es\",\"typ\":\"\xff\"}"} {
		add("header "+raw, sign(jwt.SigningMethodES256, ecKey, raw, claims.String()), notValid)
	}

	// The claims; the signature is good.
	const unreadable, missing = "the token's claims cannot be read", "the token lacks iss, aud or exp"
	claim("expired a minute ago", claims.set("exp", seconds(now.Add(-time.Minute))), "the token has expired")
	claim("expired 31 s ago", claims.set("exp", seconds(now.Add(-31*time.Second))), "the token has expired")
	claim("expired in 1970", claims.set("exp", "0"), "the token has expired")
	claim("no exp", claims.drop("exp"), missing)
	claim("exp as string", claims.set("exp", quote(seconds(now.Add(time.Minute)))), unreadable)
	for _, exp := range []string{"null", "1e400", "1e30", "99999999999999999999", "-1", "-0", "true", "[]", "{}", "[9999999999]"} {
		claim("exp "+exp, claims.set("exp", exp), unreadable)
	}
	claim("valid in 31 s", claims.add("nbf", seconds(now.Add(31*time.Second))), "the token is not valid yet")
	claim("issued in 31 s", claims.set("iat", seconds(now.Add(31*time.Second))), "the token was issued in the future")
	claim("nbf as string", claims.add("nbf", `"0"`), unreadable)
	claim("iat null", claims.set("iat", "null"), unreadable)
	const otherAudience, otherIssuer = "the token is for another audience", "the token is of another issuer"
	for _, aud := range []string{`"other"`, quote(audience[:len(audience)-1]), quote(audience + "/"), quote(strings.ToUpper(audience)), `["a","b"]`, `" ` + audience + `"`} {
		claim("aud "+aud, claims.set("aud", aud), otherAudience)
	}
	for _, aud := range []string{`""`, `[]`, `[""]`} {
		claim("aud "+aud, claims.set("aud", aud), missing)
	}
	for _, aud := range []string{`null`, `1`, `{"a":"` + audience + `"}`, `["` + audience + `",1]`, `[["` + audience + `"]]`} {
		claim("aud "+aud, claims.set("aud", aud), unreadable)
	}
	claim("no aud", claims.drop("aud"), missing)
	for _, iss := range []string{`"https://other.example"`, quote(issuerURL + "/"), quote(strings.ToUpper(issuerURL)), quote(issuerURL[:len(issuerURL)-1]), `"` + issuerURL + ` "`} {
		claim("iss "+iss, claims.set("iss", iss), otherIssuer)
	}
	for _, iss := range []string{`""`, `null`, `["` + issuerURL + `"]`} {
		claim("iss "+iss, claims.set("iss", iss), missing)
	}
	claim("no iss", claims.drop("iss"), missing)
	for _, sub := range []string{`""`, `null`, `1`, `["x"]`, `"a\u0000b"`, `"a\nb"`, `"\ud800"`, quote(strings.Repeat("x", 256))} {
		claim("sub "+sub[:min(len(sub), 12)], claims.set("sub", sub), "the token names no subject")
	}
	claim("no sub", claims.drop("sub"), "the token names no subject")
	claim("scope of numbers", claims.add("scope", `[1]`), "the token's scopes cannot be read")
	for _, twice := range [][2]string{{"sub", `"x"`}, {"exp", "9999999999"}, {"aud", quote(audience)}, {"iss", quote(issuerURL)}, {"jti", `"2"`}, {"client_id", `"x"`}} {
		claim(twice[0]+" twice", claims.add(twice[0], twice[1]), unreadable)
	}
	claim("sub twice, once escaped", claims.add(`s\u0075b`, `"x"`), unreadable)
	for _, variant := range []string{"Sub", "SUB", "Exp", "Aud", "ISS", "Roles", "SCOPE", "\u017fub", "Nbf", "JTI"} {
		claim(variant+" beside its like", claims.add(variant, `"x"`), unreadable)
	}
	claim("Sub for sub", claims.drop("sub").add("Sub", `"x"`), unreadable)
	for _, raw := range []string{`[]`, `[` + claims.String() + `]`, `null`, `"x"`, claims.String() + "x", claims.String() + claims.String(), claims.String() + "\x00", "{", `{"sub"}`, "\xef\xbb\xbf" + claims.String()} {
		add("payload "+raw[:min(len(raw), 12)]+"…", sign(jwt.SigningMethodES256, ecKey, es.String(), raw), unreadable)
	}
	claim("invalid UTF-8", claims.add("name", "\"\xff\""), unreadable)
	claim("more members than anybody needs", manyMembers(claims), unreadable)

	// Tokens of another kind that say no more than JWT.
	jwtHeader := es.set("typ", `"JWT"`)
	for _, mark := range [][2]string{{"nonce", `"n"`}, {"at_hash", `"h"`}, {"c_hash", `"h"`}, {"events", `{}`}, {"typ", `"ID"`}, {"typ", `"Refresh"`}} {
		add("an ID token by its "+mark[0]+" "+mark[1], signES(jwtHeader, claims.add(mark[0], mark[1])), "the token is not an access token")
	}
	return rows
}

func manyMembers(o object) object {
	for i := range 100 {
		o = o.add(strings.Repeat("m", i+1), "1")
	}
	return o
}

// publicKeyEncodings are the texts that an issuer's public RSA key is known by.
func publicKeyEncodings() map[string][]byte {
	pkix, pkcs1 := must(x509.MarshalPKIXPublicKey(rsaKey.Public())), x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)
	pkixPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})
	return map[string][]byte{
		"PKIX":                        pkix,
		"PKIX PEM":                    pkixPEM,
		"PKIX PEM, no newline at end": []byte(strings.TrimSpace(string(pkixPEM))),
		"PKCS #1":                     pkcs1,
		"PKCS #1 PEM":                 pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}),
		"modulus":                     rsaKey.N.Bytes(),
		"JWK":                         must((&jose.JSONWebKey{Key: rsaKey.Public(), KeyID: "rs", Algorithm: "RS256", Use: "sig"}).MarshalJSON()),
		"nothing":                     {},
	}
}

// standardBase64 gives a token whose payload needs + or / in the standard alphabet.
func standardBase64(claims object) string {
	payload := []byte(claims.add("x", `"???>>>~~~"`).String())
	signed := b64.EncodeToString([]byte(goodHeader("ES256", "es").String())) + "." + base64.RawStdEncoding.EncodeToString(payload)
	return signed + "." + b64.EncodeToString(must(jwt.SigningMethodES256.Sign(signed, crypto.PrivateKey(ecKey))))
}

// nextTail gives the character after c: 64 bytes leave four unused bits in the last one, so that a lax decoder reads the same.
func nextTail(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)+1])
}

func TestGoodTokens(t *testing.T) {
	now := time.Now()
	a := newAuthenticator(t, newIssuer(), func(c *auth.Config) { c.Clock = func() time.Time { return now } })
	for _, row := range goodTokens(now) {
		t.Run(row.name, func(t *testing.T) {
			for _, pass := range []string{"verified", "remembered"} {
				caller, err := a.Authenticate(request(row.token))
				if err != nil {
					t.Fatalf("%s: %v", pass, err)
				}
				if caller.Subject != subject || caller.Admin {
					t.Errorf("%s: caller %+v", pass, caller)
				}
			}
		})
	}
}

func TestBadTokens(t *testing.T) {
	now := time.Now()
	issuer := newIssuer()
	a := newAuthenticator(t, issuer, func(c *auth.Config) { c.Clock = func() time.Time { return now } })
	rows := badTokens(now)
	if len(rows) < 150 {
		t.Fatalf("only %d rows", len(rows))
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			for range 2 { // a refusal must not be a way into the memory of good tokens
				_, err := a.Authenticate(request(row.token))
				got := refusal(t, err)
				want := `Bearer error="invalid_token", error_description="` + row.description + `", resource_metadata="https://cde.example/.well-known/oauth-protected-resource"`
				if diff := cmp.Diff(want, got.Challenge); diff != "" || got.Status != http.StatusUnauthorized {
					t.Errorf("status %d, reason %q, challenge (-want +got):\n%s", got.Status, got.Error(), diff)
				}
				if got.Message != auth.MessageUnauthorized || got.RetryAfter != 0 {
					t.Errorf("message %q, retry after %v", got.Message, got.RetryAfter)
				}
				if strings.Contains(got.Error(), row.token) {
					t.Errorf("the error holds the token: %v", got)
				}
			}
		})
	}
	if got := issuer.fetchCount(); got > 1 {
		t.Errorf("%d fetches of the key set within a moment, want 1", got)
	}
}

// A remembered token ends when it would without the memory: 30 s after exp.
func TestRememberedTokensEnd(t *testing.T) {
	begin := time.Now().Truncate(time.Second)
	now := begin
	a := newAuthenticator(t, newIssuer(), func(c *auth.Config) { c.Clock = func() time.Time { return now } })
	token := signES(goodHeader("ES256", "es"), goodClaims(begin).set("exp", seconds(begin.Add(time.Minute))))
	for _, after := range []time.Duration{0, time.Minute, 89 * time.Second} {
		now = begin.Add(after)
		if _, err := a.Authenticate(request(token)); err != nil {
			t.Errorf("after %v: %v", after, err)
		}
	}
	now = begin.Add(90 * time.Second)
	if _, err := a.Authenticate(request(token)); err == nil {
		t.Error("still good 30 s after its end")
	}
}

// A text that differs from a good token in any one character is refused, also after the good one was remembered.
func TestEveryOtherTextIsRefused(t *testing.T) {
	now := time.Now()
	a := newAuthenticator(t, newIssuer(), func(c *auth.Config) { c.Clock = func() time.Time { return now } })
	good := signES(goodHeader("ES256", "es"), goodClaims(now))
	if _, err := a.Authenticate(request(good)); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		for _, c := range []byte("Ab0-_.=+/") {
			if good[i] == c {
				continue
			}
			other := good[:i] + string(c) + good[i+1:]
			if _, err := a.Authenticate(request(other)); err == nil {
				t.Fatalf("accepted with %q instead of %q at %d", c, good[i], i)
			}
		}
	}
}
