# harness/ab: campaigns, sessions, schedule, protocols, live toggle, calibration.
harness_libharness_a_SOURCES += \
  harness/ab/ab_campaigns.c harness/ab/ab_options.c harness/ab/ab_options.h harness/ab/ab_run.c harness/ab/ab_run.h \
  harness/ab/ab_side.c harness/ab/ab_source.c harness/ab/ab_two.c harness/ab/ab_project.c harness/ab/project_step0.c \
  harness/ab/ab_fill.c harness/ab/ab_gate.c harness/ab/ab_print.c harness/ab/ab_print.h \
  harness/ab/arms.c harness/ab/arms_expand.c harness/ab/arms_expand.h harness/ab/arms_print.c \
  harness/ab/baseline.c harness/ab/baseline.h \
  harness/ab/run_rules.c harness/ab/run_rules.h \
  harness/ab/calibration.c harness/ab/calibration.h harness/ab/calibration_kind.h harness/ab/calibration_score.c \
  harness/ab/calibration_store.c harness/ab/calibration_store.h \
  harness/ab/inject.c harness/ab/inject.h \
  harness/ab/campaign.c harness/ab/campaign.h harness/ab/campaign_look.c \
  harness/ab/campaign_runs.c harness/ab/campaign_salvage.c \
  harness/ab/liveness.c harness/ab/liveness.h \
  harness/ab/neighbours.c harness/ab/neighbours.h \
  harness/ab/schedule.c harness/ab/schedule.h \
  harness/ab/session.c harness/ab/session.h \
  harness/ab/spending.c harness/ab/spending.h \
  harness/ab/step_gate.c harness/ab/step_gate.h \
  harness/ab/subject.c harness/ab/subject.h \
  harness/ab/toggle.c harness/ab/toggle.h \
  harness/ab/trust.c harness/ab/trust.h harness/ab/trust_campaign.c harness/ab/trust_campaign.h

# BENCH_AB='--seconds 2 --repeats 2' for a short run.
BENCH_AB =
EXTRA_DIST += harness/ab/bench_ab.py
bench-ab: hakmem-harness hakmem-bench hakmem-ab-runner libhakmem.la variant.recipe
bench-ab: ## all A/B methods side by side, with equal time
	python3 $(srcdir)/harness/ab/bench_ab.py ./hakmem-harness "`pwd`/hakmem-bench" results/bench-ab $(BENCH_AB)
PHONY += bench-ab
