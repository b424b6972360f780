// Judges a contract by Spectral's OpenAPI rules and the OWASP API Security Top 10 rules, all of them, but for the
// exceptions below. Prints one line of JSON a file: how many rules there were, how many evaluations they made, what they
// found, and how often each exception was needed.
//
//   node spectral.mjs openapi.yaml …
import { readFileSync } from 'node:fs'
import spectralCore from '@stoplight/spectral-core'
import parsers from '@stoplight/spectral-parsers'
import rulesets from '@stoplight/spectral-rulesets'
import owaspModule from '@stoplight/spectral-owasp-ruleset'

const { Spectral, Document } = spectralCore
const owasp = owaspModule.default ?? owaspModule

// Limits guard the server: they are asked for in what callers send. Answers are the platform's, no page bounds them, and
// a bound made up here would make gateways and SDKs refuse a true answer.
const sent = (type) => [
  `$.paths[*][*].requestBody..[?(@ && @.type=="${type}")]`,
  `$.paths[*][*].parameters..[?(@ && @.type=="${type}")]`,
]
const sentObjects = '$.paths[*][*].requestBody..[?(@ && @.type=="object" && @.additionalProperties)]'
const given = {
  'owasp:api4:2023-string-limit': sent('string'),
  'owasp:api4:2023-string-restricted': sent('string'),
  'owasp:api4:2023-integer-limit-legacy': sent('integer'),
  'owasp:api4:2023-integer-format': sent('integer'),
  'owasp:api4:2023-array-limit': sent('array'),
  'owasp:api3:2023-no-additionalProperties': sentObjects,
  'owasp:api3:2023-constrained-additionalProperties': sentObjects,
}

// What a rule finds at a path that starts with `at` is let pass. An exception that nothing needs fails the test.
const exceptions = [
  { rule: 'info-contact', at: 'info', reason: 'no page of the API names a contact, and none is invented' },
  { rule: 'owasp:api4:2023-string-limit', at: 'components/parameters/PublicId', reason: 'the format uuid is 36 characters' },
  { rule: 'owasp:api4:2023-string-limit', at: 'components/parameters/ConnectorVersionSelector', reason: 'the pages print a pattern without a bound; a target over 8 KiB is answered with 414' },
  { rule: 'owasp:api4:2023-rate-limit', at: 'paths', reason: 'limits are off unless the operator asks for them; 429 and Retry-After are declared' },
  { rule: 'owasp:api4:2023-rate-limit', at: 'components/responses', reason: 'the same' },
  { rule: 'owasp:api8:2023-define-cors-origin', at: 'paths', reason: 'no other origin may call: the docs page is served by the API itself' },
  { rule: 'owasp:api8:2023-define-cors-origin', at: 'components', reason: 'the same' },
]

let evaluations = 0

// counted wraps every function of a rule, so that a rule that no longer looks at anything shows.
const counted = (rule) => {
  const wrap = (then) => {
    const { function: judge } = then
    const count = (...args) => { evaluations++; return judge(...args) }
    return { ...then, function: Object.assign(count, judge) }
  }
  return { ...rule, then: [rule.then].flat().map(wrap) }
}

const rules = {}
for (const [name, rule] of Object.entries({ ...rulesets.oas.rules, ...owasp.rules })) {
  if (rule.recommended === false) continue
  rules[name] = counted(given[name] ? { ...rule, given: given[name] } : rule)
}
const spectral = new Spectral()
spectral.setRuleset({ aliases: { ...rulesets.oas.aliases, ...owasp.aliases }, formats: rulesets.oas.formats, rules })

for (const file of process.argv.slice(2)) {
  evaluations = 0
  const results = await spectral.run(new Document(readFileSync(file, 'utf8'), parsers.Yaml, file))
  const needed = exceptions.map(() => 0)
  const findings = []
  for (const { code, path, range, message } of results) {
    const place = path.join('/')
    const excused = exceptions.findIndex(({ rule, at }) => rule === code && (place + '/').startsWith(at + '/'))
    if (excused >= 0) needed[excused]++
    else findings.push({ rule: code, place, line: range.start.line + 1, message })
  }
  console.log(JSON.stringify({
    rules: Object.keys(rules).length,
    owasp: Object.keys(owasp.rules).filter((name) => rules[name]).length,
    evaluations,
    findings,
    exceptions: exceptions.map((exception, i) => ({ ...exception, needed: needed[i] })),
  }))
}
