// Holds documents against the schema of CSAF 2.0 and all of its mandatory tests; prints a line of JSON for each.
import validate from '@secvisogram/csaf-validator-lib/validate.js'
import * as mandatory from '@secvisogram/csaf-validator-lib/mandatoryTests.js'
import { csaf_2_0, csaf_2_0_strict } from '@secvisogram/csaf-validator-lib/schemaTests.js'
import { readFileSync } from 'node:fs'

for (const path of process.argv.slice(2)) {
  const tests = [csaf_2_0, csaf_2_0_strict, ...Object.values(mandatory)]
  const found = await validate(tests, JSON.parse(readFileSync(path, 'utf8')))
  const failed = found.tests.filter((one) => !one.isValid).map((one) => [one.name, one.errors])
  console.log(JSON.stringify({ tests: found.tests.length, failed }))
}
