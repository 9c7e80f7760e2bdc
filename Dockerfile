# Airflow's official image with the project in it. For another Airflow, change the tag and
# constraints/ together.
FROM apache/airflow:3.3.2-python3.12 AS airflow

FROM airflow

COPY --chown=airflow:0 requirements.txt requirements-image.txt /opt/airflow/
COPY --chown=airflow:0 constraints/airflow-3.3.txt /opt/airflow/constraints/
# A new volume takes over the owner of the folder that it is mounted on.
RUN uv pip install --no-cache \
        -r /opt/airflow/requirements-image.txt -c /opt/airflow/constraints/airflow-3.3.txt \
    && mkdir -p /opt/airflow/config /opt/airflow/xcom

COPY --chown=airflow:0 docker/entrypoint.sh /opt/airflow/docker/
COPY --chown=airflow:0 bin /opt/airflow/bin
COPY --chown=airflow:0 include /opt/airflow/include
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 dags /opt/airflow/dags
# Where the root is read-only, no process can keep what it has compiled.
RUN python -m compileall -q /opt/airflow/include /opt/airflow/plugins /opt/airflow/dags

# bin/airflow makes the connections from the environment and hands everything on to this one.
ENV JOB_TRACKER_AIRFLOW_COMMAND=/home/airflow/.local/bin/airflow \
    PATH="/opt/airflow/bin:${PATH}" \
    PYTHONPATH=/opt/airflow

ENTRYPOINT ["/usr/bin/dumb-init", "--", "/opt/airflow/docker/entrypoint.sh"]
