# harness/report: recorded results, and what is written from them: plot data, pages, the report.
harness_libharness_a_SOURCES += \
  harness/report/arm_export.c harness/report/arm_export.h \
  harness/report/plot_data.h harness/report/plot_data.c harness/report/plot_data_row.c \
  harness/report/plot_data_ends.c harness/report/plots_render.c \
  harness/report/pages.c harness/report/pages.h harness/report/page_parts.c harness/report/page_phase.c \
  harness/report/page_summary.c \
  harness/report/markdown.c harness/report/markdown.h harness/report/html_report.c harness/report/html_report.h
