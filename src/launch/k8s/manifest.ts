/**
 * The manifest as text: what `kubectl apply -f -` takes, with what to do in its head.
 *
 * @module
 */
import { yamlDocuments } from "../../config/yaml.ts";
import { finishName, jobsOf } from "./jobs.ts";
import { checkSettings, type ManifestSettings } from "./settings.ts";

/** Both jobs as YAML documents. @throws CONFIG where a cluster would refuse them or no pod could see the plan */
export async function manifestText(settings: ManifestSettings): Promise<string> {
	checkSettings(settings);
	return `${head(settings)}${await yamlDocuments(jobsOf(settings))}`;
}

function head({ name, namespace, tasks, plan }: ManifestSettings): string {
	const kubectl = namespace === undefined ? "kubectl" : `kubectl -n ${namespace}`;
	return `# nnvol: ${tasks} ${tasks === 1 ? "worker" : "workers"} on ${plan}, then one that finishes.
#   kubectl apply -f THIS_FILE
#   ${kubectl} wait --for=condition=Complete --timeout=-1s job/${name}
#   ${kubectl} patch job/${finishName(name)} -p '{"spec":{"suspend":false}}'
# Where a worker failed for good the first job ends as Failed, not Complete; finishing then tells what is missing.
# What is done is recorded beside the outputs: delete both jobs and apply again to go on.
`;
}
