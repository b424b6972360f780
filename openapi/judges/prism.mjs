// Runs Prism as a proxy in front of an upstream: what request and answer break of the contract stands in the answer's
// header sl-violations. Prints its address, and ends when standard input does.
//
//   node prism.mjs openapi.yaml http://127.0.0.1:8080
import { createRequire } from 'node:module'
import prismHttp from '@stoplight/prism-http'
import prismServer from '@stoplight/prism-http-server'

const require = createRequire(import.meta.url)
const { createLogger } = createRequire(require.resolve('@stoplight/prism-cli/package.json'))('@stoplight/prism-core')
const { default: Ajv } = createRequire(require.resolve('@stoplight/prism-http/package.json'))('ajv')

// Prism adds null to the enum of a nullable schema that lists it already, finds that its own schema does not compile, and
// then lets every answer pass without a word. So: each value once, and no start with a schema that does not compile.
const once = (value) => {
  if (value === null || typeof value !== 'object') return
  if (Array.isArray(value.enum)) value.enum = [...new Set(value.enum)]
  Object.values(value).forEach(once)
}
const [, , contract, upstream] = process.argv
const operations = await prismHttp.getHttpOperationsFromSpec(contract)
once(operations)
for (const operation of operations) {
  for (const { contents } of operation.responses) {
    for (const { schema } of contents) new Ajv({ strict: false, logger: false }).compile({ ...schema, __bundled__: operation.__bundled__ })
  }
}
const server = prismServer.createServer(operations, {
  cors: false,
  config: { isProxy: true, upstream: new URL(upstream), validateRequest: true, validateResponse: true, checkSecurity: true, errors: false, mock: { dynamic: false } },
  components: { logger: createLogger('prism', { enabled: false }) },
})
console.log(await server.listen(0, '127.0.0.1'))
process.stdin.resume().on('end', () => process.exit(0))
