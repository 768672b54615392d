/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fleet_print.c: see fleet_print.h. */
#include "harness/fleet/fleet_print.h"

const char *const fleet_engine_names[] = { "parallel", "k8s", "sbatch", NULL };

/* One word for a shell: whatever it holds. */
static void quoted(FILE *f, const char *word) {
  fputc('\'', f);
  for (const char *p = word; *p; p++)
    if (*p == '\'') fputs("'\\''", f);
    else fputc(*p, f);
  fputc('\'', f);
}

/* A string of YAML in double quotes. */
static void yaml(FILE *f, const char *word) {
  fputc('"', f);
  for (const char *p = word; *p; p++)
    if (*p == '"' || *p == '\\') fprintf(f, "\\%c", *p);
    else if ((unsigned char)*p < ' ') fprintf(f, "\\x%02x", (unsigned char)*p);
    else fputc(*p, f);
  fputc('"', f);
}

static void run_words(FILE *f, const struct fleet_recipe *r) {
  quoted(f, r->harness);
  fputs(" pack run ", f);
  quoted(f, r->pack);
  fprintf(f, " --hash %s", r->hash);
  if (r->budget_s > 0) fprintf(f, " --budget %.6g", r->budget_s);
  fputs(" -q --out ", f);
}

void fleet_element_script(FILE *f, const struct fleet_recipe *r) {
  fputs("#!/bin/sh\nexec ", f);
  run_words(f, r);
  quoted(f, r->out_dir);
  fputs("/element-\"$SLURM_ARRAY_TASK_ID\"\n", f);
}

static void print_merge(FILE *f, const struct fleet_recipe *r) {
  quoted(f, r->harness);
  fputs(" merge ", f);
  quoted(f, r->out_dir);
  fputc('\n', f);
}

static void print_sbatch(FILE *f, const struct fleet_recipe *r) {
  fprintf(
      f,
      "#!/bin/sh\n"
      "# sbatch THIS; every node sees the pack, the harness and the results under the same names. Afterwards:\n#   ");
  print_merge(f, r);
  fprintf(f,
          "#SBATCH --job-name=hakmem-fleet\n#SBATCH --array=1-%ld\n#SBATCH --nodes=1\n#SBATCH --ntasks=1\n"
          "#SBATCH --exclusive\n#SBATCH --no-requeue\n",
          r->nodes);
  if (r->partition) fprintf(f, "#SBATCH --partition=%s\n", r->partition);
  if (r->constraints && r->constraints[0]) fputs("#SBATCH --constraint=", f);
  for (char *const *c = r->constraints; c && *c; c++) fprintf(f, "%s%s%s", *c, c[1] ? "&" : "", c[1] ? "" : "\n");
  fputs("exec ", f);
  run_words(f, r);
  quoted(f, r->out_dir);
  fputs("/element-\"$SLURM_ARRAY_TASK_ID\"\n", f);
}

static void print_parallel(FILE *f, const struct fleet_recipe *r) {
  fputs(
      "#!/bin/sh\n"
      "# nodes.txt: a host for each line (: is this one). All of them see the pack, the harness and the results under\n"
      "# the same names; GNU parallel starts one run on each, by ssh.\n"
      "set -eu\n"
      "nodes=${1:-nodes.txt}\n"
      "cat <<'RUN' | parallel --sshloginfile \"$nodes\" --nonall --jobs 1 --tag \"$(cat)\" || :\n",
      f);
  run_words(f, r);
  quoted(f, r->out_dir);
  fputs("\nRUN\n", f);
  print_merge(f, r);
}

static void print_k8s(FILE *f, const struct fleet_recipe *r) {
  fprintf(f, "# kubectl apply -f THIS. The claim `shared` holds the pack and the results; the image `hakmem` has\n"
             "# hakmem-harness in it; a core to itself needs the kubelet's static CPU manager. Afterwards:\n#   ");
  print_merge(f, r);
  fprintf(f,
          "apiVersion: batch/v1\n"
          "kind: Job\n"
          "metadata: {name: hakmem-fleet}\n"
          "spec:\n"
          "  completions: %ld\n"
          "  parallelism: %ld\n"
          "  completionMode: Indexed\n"
          "  backoffLimit: 0\n"
          "  template:\n"
          "    metadata: {labels: {app: hakmem-fleet}}\n"
          "    spec:\n"
          "      restartPolicy: Never\n",
          r->nodes, r->nodes);
  if (r->constraints && r->constraints[0]) fputs("      nodeSelector:\n", f);
  for (char *const *c = r->constraints; c && *c; c++) {
    fputs("        ", f);
    yaml(f, *c);
    fputs(": \"true\"\n", f);
  }
  fputs("      affinity:\n"
        "        podAntiAffinity:\n"
        "          requiredDuringSchedulingIgnoredDuringExecution:\n"
        "          - labelSelector: {matchLabels: {app: hakmem-fleet}}\n"
        "            topologyKey: kubernetes.io/hostname\n"
        "      containers:\n"
        "      - name: run\n"
        "        image: hakmem\n"
        "        resources: {requests: {cpu: 2, memory: 1Gi}, limits: {cpu: 2, memory: 1Gi}}\n"
        "        command: [",
        f);
  char budget[32];
  snprintf(budget, sizeof budget, "%.6g", r->budget_s);
  const char *words[] = { r->harness, "pack", "run",   r->pack,    "--hash",
                          r->hash,    "-q",   "--out", r->out_dir, r->budget_s > 0 ? "--budget" : NULL,
                          budget };
  for (size_t i = 0; i < sizeof words / sizeof *words && words[i]; i++) {
    if (i) fputs(", ", f);
    yaml(f, words[i]);
  }
  fputs("]\n        volumeMounts: [{name: shared, mountPath: ", f);
  yaml(f, r->out_dir);
  fputs("}]\n      volumes: [{name: shared, persistentVolumeClaim: {claimName: shared}}]\n", f);
}

void fleet_print(FILE *f, enum fleet_engine engine, const struct fleet_recipe *r) {
  if (engine == ENGINE_SBATCH) print_sbatch(f, r);
  else if (engine == ENGINE_K8S) print_k8s(f, r);
  else print_parallel(f, r);
}
