/**
 * The part of the reference page that is written by hand: composition, references, overrides.
 *
 * @module
 */

/** Markdown; every example in it is run by a test. */
export const GRAMMAR_PAGE = `
# Configuration

<!-- Made by \`npx tsx scripts/docs-config.ts\` from src/config; change it there. -->

A configuration is a YAML file with the sections \`system\`, \`model\`, \`data\` and \`inference\`. Every key has a default; a key
that is not known, or a value that does not fit, is an error with file, line and the likely name, and all errors are told
at once. [\`tutorials/nnunet_mito_inference.yaml\`](../tutorials/nnunet_mito_inference.yaml) is an example with every key explained.

\`\`\`
nnvol infer-volume --config tutorials/nnunet_mito_inference.yaml inference.sliding_window.overlap=0.25
nnvol config --config tutorials/nnunet_mito_inference.yaml
\`\`\`

\`nnvol config\` prints the result with the origin of each value: \`file:line\`, \`argument 'key=value'\` or \`default\`. The same
text is kept beside every output. Paths are relative to the folder the command is run in, but for \`defaults\` and \`_base_\`, which
are relative to their file.

Editors complete and check a file that begins with this line (VS Code with the YAML extension, and others that use
yaml-language-server; the path is relative to the file):

\`\`\`yaml
# yaml-language-server: $schema=../docs/config.schema.json
\`\`\`

The order is: files, overrides, references, checks.

## Files built on files

\`_base_\` names one file or several, as in PyTorch Connectomics; the file that names them is merged over them.

\`\`\`yaml
_base_: [site.yaml, ../common/mito.yaml]
inference:
  sliding_window:
    sw_batch_size: 8
\`\`\`

\`defaults\` is Hydra's list. Its entries are merged in order, the later over the earlier:

\`\`\`yaml
defaults:
  - common                                     # common.yaml in the folder of this file
  - inference/test_time_augmentation: heavy    # inference/test_time_augmentation/heavy.yaml, put below that section
  - optional system: mine                      # system/mine.yaml; nothing where it is missing
  - _self_                                     # this file; without it, last
\`\`\`

- The content of \`group: name\` goes below the section the group is named after. A first line \`# @package _global_\` puts it
  at the root, \`# @package a.b\` below \`a.b\`.
- \`group: [a, b]\` takes both; \`group: null\` none. \`group@package\`, \`override\` and choosing a group on the command line are not supported.
- Maps are merged key by key; everything else, lists too, is replaced whole. A key with nothing behind it leaves a map below it as it is.
- Files built on each other in a circle are an error that shows the circle.
- YAML is 1.2: \`1e-3\` is a number, \`yes\`, \`on\` and \`1_000\` are text. Anchors, aliases and merge keys (\`<<\`) work; tags other than
  \`!!str\`, two documents in a file, and a key twice in one map are errors.

## References

| written | stands for |
|---|---|
| \`\${inference.data.output_path}\` | that key's value, with its type where nothing else is in the text; defaults too |
| \`\${.start_index}\`, \`\${..data.output_path}\` | a key beside this one; one a level up |
| \`\${env:SCRATCH}\`, \`\${oc.env:SCRATCH}\` | an environment variable; it must be set |
| \`\${env:SCRATCH,/tmp}\` | the same, or \`/tmp\` where it is not set |
| \`\${vars.\${vars.site}}\` | references may be nested |
| \`\\\${text}\` | the characters themselves |

Values of your own go below \`vars\`:

\`\`\`yaml
vars: {root: data/em}
inference:
  volume_mode: {file_pattern: "\${vars.root}/*.h5"}
  data: {output_path: "\${vars.root}/out"}
\`\`\`

In lists and maps in brackets, YAML wants quotes around \`"\${...}"\`.

## Overrides

Arguments \`key=value\` change the configuration after all files:

| argument | does |
|---|---|
| \`system.seed=7\` | sets a key that is known |
| \`inference.test_time_augmentation.flip_axes=[[1],[2],[1,2]]\` | lists and maps are written as in YAML |
| \`inference.statistics={mean: 128, std: 32}\` | a map is merged into a map that is there |
| \`inference.test_time_augmentation.flip_axes.0=[2]\` | an entry of a list, counted from 0 |
| \`inference.mask=\` | null |
| \`inference.volume_mode.output_suffix="007"\` | text |
| \`+vars.root=/data\` | adds a key that has no value yet |
| \`++vars.root=/data\` | adds it or changes it |
| \`~inference.data.output_path\` | takes a key away: the default is back |
| \`~system.seed=7\` | the same, if the value is that |

A value that begins with \`[\` or a quote, or is a map such as \`{a: 1}\`, is YAML; any other is one value as it stands, so \`*.h5\`,
\`cuda:0\`, \`{stem}_{suffix}\` and \`a # b\` need no quotes for nnvol. The shell needs them: write \`'x=[1,2]'\`, \`'~key'\` and \`'file_pattern=*.h5'\` in quotes, in zsh above all. Leave no
spaces around \`=\`.
`;
