/**
 * The commands for Kubernetes: `k8s manifest`.
 *
 * @module
 */
import type { Command } from "commander";
import type { ManifestFlags } from "../commands/k8s.ts";
import type { SetCode } from "./run-options.ts";

/** Adds the commands. */
export function addKubernetes(program: Command, done: SetCode): void {
	const group = program.command("k8s").description("run a plan on Kubernetes");
	group
		.command("manifest")
		.description("print the jobs that carry a plan out, for kubectl apply")
		.requiredOption(
			"--plan <place>",
			"the plan that nnvol plan --save wrote, where pods see it: s3://, gs://, or a path below a --pvc",
		)
		.requiredOption("--image <image>", "image with nnvol as its entry point")
		.requiredOption("--tasks <n>", "shares the work is cut into")
		.option("--parallelism <n>", "pods at one time (default: as many as tasks)")
		.option("--name <name>", "the job's name", "nnvol")
		.option("--namespace <name>", "namespace (default: kubectl's)")
		.option("--gpus <n>", "NVIDIA cards of a pod, 0 or 1", "0")
		.option("--cpu <cores>", "cores of a pod", "4")
		.option("--memory <size>", "memory of a pod; a run keeps to half of it", "16Gi")
		.option("--scratch <size>", "disk of a pod's own for what is staged")
		.option("--pvc <claim:path...>", "volume claim and where pods see it: CLAIM:/PATH, CLAIM:/PATH:ro")
		.option("--secret <name...>", "secrets whose keys become variables, such as AWS_ACCESS_KEY_ID")
		.option("--env <name=value...>", "variables, such as AWS_ENDPOINT_URL_S3=https://...")
		.option("--service-account <name>", "service account of the pods")
		.option("--node-selector <key=value...>", "labels of the nodes that are taken")
		.option("--user <uid:gid>", "user and group of the pods", "1000:1000")
		.option("--retries <n>", "tries after the first of a task, disruptions not counted", "3")
		.option("--grace <seconds>", "from TERM to KILL", "120")
		.option("--claims", "workers go on with what others have not begun (nnvol work --claims)")
		.action(async (flags: ManifestFlags) => {
			const { runManifest } = await import("../commands/k8s.ts");
			done(await runManifest(flags));
		});
}
