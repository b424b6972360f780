package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// key is one public key of the issuer, bound to the one algorithm it verifies (RFC 8725 section 3.1).
type key struct {
	id     string
	public crypto.PublicKey
	method jwt.SigningMethod
	print  string // SHA-256 thumbprint (RFC 7638)
}

// keySet is what the issuer published at one moment. It is never changed.
type keySet struct {
	keys       []*key
	fetched    time.Time
	generation uint64 // moves whenever a key came, went or changed
}

var (
	errUnknownKey = errors.New("no key of the issuer has this kid and alg")
	minRSABits    = 2048
)

const maxKeys = 100

// parseKeys reads a JWK Set (RFC 7517 section 5). Keys that are not for verifying signatures, or of a kind that is not
// supported, are passed over; so are two keys that share kid and algorithm, since neither can be told from the other.
func parseKeys(document []byte) ([]*key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("key set: %d keys, more than %d", len(set.Keys), maxKeys)
	}
	var keys []*key
	count := map[[2]string]int{}
	for _, raw := range set.Keys {
		if k := parseKey(raw); k != nil {
			keys = append(keys, k)
			count[[2]string{k.id, k.method.Alg()}]++
		}
	}
	distinct := keys[:0]
	for _, k := range keys {
		if count[[2]string{k.id, k.method.Alg()}] == 1 {
			distinct = append(distinct, k)
		}
	}
	if len(distinct) == 0 {
		return nil, errors.New("key set: no usable key")
	}
	slices.SortFunc(distinct, func(a, b *key) int { return strings.Compare(a.id+" "+a.print, b.id+" "+b.print) })
	return distinct, nil
}

func parseKey(raw []byte) *key {
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(raw); err != nil || !jwk.Valid() {
		return nil
	}
	if jwk.Use != "" && jwk.Use != "sig" {
		return nil
	}
	method := methodFor(jwk.Key, jwk.Algorithm)
	if method == nil {
		return nil
	}
	print, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil
	}
	return &key{id: jwk.KeyID, public: jwk.Key, method: method, print: method.Alg() + string(print)}
}

// methodFor is the allow-list: the algorithm that a public key verifies, nil for any other key. A key that does not name its
// algorithm gets the one its kind is known for; RFC 9864's name for EdDSA is read too.
func methodFor(public any, alg string) jwt.SigningMethod {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSABits {
			return nil
		}
		return map[string]jwt.SigningMethod{
			"": jwt.SigningMethodRS256, "RS256": jwt.SigningMethodRS256, "RS384": jwt.SigningMethodRS384, "RS512": jwt.SigningMethodRS512,
			"PS256": jwt.SigningMethodPS256, "PS384": jwt.SigningMethodPS384, "PS512": jwt.SigningMethodPS512,
		}[alg]
	case *ecdsa.PublicKey:
		method := map[elliptic.Curve]*jwt.SigningMethodECDSA{
			elliptic.P256(): jwt.SigningMethodES256, elliptic.P384(): jwt.SigningMethodES384, elliptic.P521(): jwt.SigningMethodES512,
		}[k.Curve]
		if method != nil && (alg == "" || alg == method.Alg()) {
			return method
		}
	case ed25519.PublicKey:
		if alg == "" || alg == "EdDSA" || alg == "Ed25519" {
			return jwt.SigningMethodEdDSA
		}
	}
	return nil
}

// find gives the key with the token's kid and algorithm, or nil.
func (s *keySet) find(t *signedToken) *key {
	alg := t.alg
	if alg == "Ed25519" {
		alg = "EdDSA"
	}
	for _, k := range s.keys {
		if k.id == t.kid && k.method.Alg() == alg {
			return k
		}
	}
	return nil
}

// verify checks the signature with the key that find gives, which comes back also when the signature is not its.
func (s *keySet) verify(t *signedToken) (*key, error) {
	k := s.find(t)
	if k == nil {
		return nil, errUnknownKey
	}
	return k, k.method.Verify(t.signed, t.signature, k.public)
}

// same says whether two sets hold the same keys under the same names.
func (s *keySet) same(keys []*key) bool {
	if s == nil || len(s.keys) != len(keys) {
		return false
	}
	for i, k := range s.keys {
		if k.id != keys[i].id || k.print != keys[i].print {
			return false
		}
	}
	return true
}
