// Sets the container API of a connector version and prints what the version then holds.
import createClient from "openapi-fetch";
import type { paths } from "../../gen/typescript/cde.d.ts";

const { CDE_BASE_URL, CDE_TOKEN } = process.env;
const cde = createClient<paths>({ baseUrl: CDE_BASE_URL, headers: { Authorization: `Bearer ${CDE_TOKEN}` } });
const { data, error } = await cde.PUT("/connectors/{publicId}/versions/{connectorVersion}/execution-config/container-api", {
  params: { path: { publicId: "497f6eca-6276-4993-bfeb-53cbbbba6f08", connectorVersion: "latest" } },
  body: { image: "test.domain.docker/test/container-api-image:1.0.0", "version-constraint": "^0.20" },
});
if (error) throw new Error(JSON.stringify(error));
console.log(data.data.state, data.data.config.execution["container-api"]);
