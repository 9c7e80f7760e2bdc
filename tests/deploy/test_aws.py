"""deploy/aws: the templates are valid, and what they make works together.

They are deployed on moto. It lacks four of their types, which are made here by its own APIs, and
DocumentDB, of which only the template is read.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws
from moto.cloudformation.parsing import get_model_map
from moto.core.common_models import CloudFormationModel

from include.cli.once_command import parse_run
from include.local.connections import mongo_client, read_mongo_connection
from include.local.settings import PROJECT

FOLDER = PROJECT / "deploy" / "aws"
TEMPLATES = sorted(FOLDER.glob("*.yaml"))
DIGEST = f"sha256:{'0' * 64}"
GIVEN = {
    "ImageDigest": DIGEST,
    "UsajobsEmail": "seeker@example.org",
    "UsajobsApiKey": "key-of-the-account",
    "MongoHost": "cluster0.abcde.mongodb.net",
    "MongoPassword": "password-of-the-user",
    "AlarmEmail": "ada@example.org",
}


class Made(CloudFormationModel):
    """A resource of a type that moto's CloudFormation lacks, made by moto's API of its service."""

    def __init__(self, identity: str) -> None:
        self.physical_resource_id = identity


def made_by(service: str, call: str, name: str) -> type[Made]:
    class Resource(Made):
        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Any, *_: Any, **__: Any
        ) -> Made:
            properties = {name: resource_name, **cloudformation_json["Properties"]}
            if service == "logs":
                properties = lowered(properties)
            if target := properties.get("Target"):
                network = target["EcsParameters"]["NetworkConfiguration"]
                network["awsvpcConfiguration"] = network.pop("AwsvpcConfiguration")
            answer = getattr(boto3.client(service), call)(**properties)
            return cls(answer.get("ARN", resource_name))

    return Resource


MADE = {
    "AWS::SecretsManager::Secret": made_by("secretsmanager", "create_secret", "Name"),
    "AWS::Scheduler::Schedule": made_by("scheduler", "create_schedule", "Name"),
    "AWS::CloudWatch::Alarm": made_by("cloudwatch", "put_metric_alarm", "AlarmName"),
    "AWS::Logs::MetricFilter": made_by("logs", "put_metric_filter", "filterName"),
}


def lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: lowered(each) for key, each in value.items()}
    return [lowered(each) for each in value] if isinstance(value, list) else value


def deploy(template: str, **parameters: str) -> str:
    """Deploy a template as the stack `jobs`, and return its status."""
    formation = boto3.client("cloudformation")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # moto's, of a type that it leaves out
        formation.create_stack(
            StackName="jobs",
            TemplateBody=(FOLDER / template).read_text(encoding="utf-8"),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": each} for key, each in parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
    (stack,) = formation.describe_stacks(StackName="jobs")["Stacks"]
    return str(stack["StackStatus"])


OTHER = {
    **GIVEN,
    "MongoHost": "m1.example.org:27017,m2.example.org:27017",
    "MongoSrv": "false",
    "Search": "denver",
    "MailConnection": '{"conn_type": "smtp", "host": "mail.example.org"}',
    "AlarmEmail": "",
}


@contextmanager
def cloud() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("AWS_DEFAULT_REGION", "us-east-1")
        known = get_model_map()
        for name, resource in MADE.items():
            assert name not in known, f"moto has {name} now, so it need not be made here"
            changed.setitem(known, name, resource)
        with mock_aws():
            yield


def network() -> dict[str, str]:
    """The parameters of a network that is there."""
    subnets = boto3.client("ec2").describe_subnets()["Subnets"][:2]
    ids = ",".join(subnet["SubnetId"] for subnet in subnets)
    return {"Vpc": subnets[0]["VpcId"], "Subnets": ids}


@pytest.fixture(scope="module", params=["given", "other"])
def deployed(request: pytest.FixtureRequest) -> Iterator[str]:
    """The stack, deployed with either set of parameters; returns which."""
    with cloud():
        parameters = {"given": GIVEN, "other": OTHER}[request.param]
        assert deploy("job-tracker.yaml", **parameters, **network()) == "CREATE_COMPLETE"
        yield request.param


def with_parameters(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("deployed", [name], indirect=True)


def task() -> Any:
    found = boto3.client("ecs").describe_task_definition(taskDefinition="jobs")
    return found["taskDefinition"]


def there(listed: list[Any]) -> list[Any]:
    """Return what is in a list; moto leaves a `None` for AWS::NoValue."""
    return [each for each in listed if each and each != "None"]


def secret(name: str) -> str:
    return str(boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def test_cfn_lint_has_nothing_to_say() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), *TEMPLATES],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_the_registry_keeps_a_tag_as_it_was_pushed() -> None:
    with cloud():
        assert deploy("repository.yaml") == "CREATE_COMPLETE"
        (repository,) = boto3.client("ecr").describe_repositories()["repositories"]

    assert repository["repositoryName"] == "job-tracker"
    assert repository["imageTagMutability"] == "IMMUTABLE"


@with_parameters("given")
def test_a_day_starts_one_run_of_the_image_that_logs_and_reads_both_connections(
    deployed: str,
) -> None:
    (container,) = task()["containerDefinitions"]
    assert container["image"].endswith(f".amazonaws.com/job-tracker@{DIGEST}")
    assert container["command"] == ["once"]
    assert container["user"] == "50000:0"
    given = {each["name"]: secret(each["valueFrom"]) for each in there(container["secrets"])}
    assert given.keys() == {"AIRFLOW_CONN_USAJOBS", "AIRFLOW_CONN_MONGO"}
    usajobs = json.loads(given["AIRFLOW_CONN_USAJOBS"])
    assert (usajobs["login"], usajobs["password"]) == ("seeker@example.org", "key-of-the-account")
    assert read_mongo_connection(given["AIRFLOW_CONN_MONGO"])["extra"]["srv"] is True

    (group,) = boto3.client("logs").describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == 90
    assert container["logConfiguration"]["options"]["awslogs-group"] == group["logGroupName"]

    scheduler = boto3.client("scheduler")
    (found,) = scheduler.list_schedules()["Schedules"]
    schedule = scheduler.get_schedule(Name=found["Name"])
    assert schedule["ScheduleExpressionTimezone"] == "America/Chicago"
    assert schedule["Target"]["EcsParameters"]["TaskDefinitionArn"] == task()["taskDefinitionArn"]


@with_parameters("other")
def test_a_server_of_ones_own_is_reached_by_its_port(deployed: str) -> None:
    with mongo_client(secret("jobs/mongo"), connect=False) as client:
        assert client._topology_settings.seeds == {
            ("m1.example.org", 27017),
            ("m2.example.org", 27017),
        }


@with_parameters("other")
def test_a_saved_search_is_run_by_its_name_and_only_its_success_counts(deployed: str) -> None:
    (container,) = task()["containerDefinitions"]
    run = parse_run(container["command"][1:])
    assert run.dag_id == "job_tracker_denver"
    (found,) = boto3.client("logs").describe_metric_filters()["metricFilters"]
    assert found["filterPattern"] == f'"{run.dag_id}: success"'


@with_parameters("other")
def test_the_digest_is_mailed_by_the_connection_that_is_given(deployed: str) -> None:
    (container,) = task()["containerDefinitions"]
    given = {each["name"]: each["valueFrom"] for each in container["secrets"]}

    assert secret(given["AIRFLOW_CONN_SMTP_DEFAULT"]) == OTHER["MailConnection"]


@with_parameters("given")
def test_a_day_without_a_success_is_told(deployed: str) -> None:
    (counted,) = boto3.client("logs").describe_metric_filters()["metricFilters"]
    (alarm,) = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    (metric,) = counted["metricTransformations"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (
        metric["metricNamespace"],
        metric["metricName"],
    )
    # No run at all is no success either.
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 26 * 3600
    (told,) = alarm["AlarmActions"]
    (subscription,) = boto3.client("sns").list_subscriptions_by_topic(TopicArn=told)[
        "Subscriptions"
    ]
    assert subscription["Endpoint"] == "ada@example.org"


@with_parameters("other")
def test_where_nobody_is_to_be_told_there_is_an_alarm_all_the_same(deployed: str) -> None:
    (alarm,) = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["AlarmActions"] == []
    assert boto3.client("sns").list_topics()["Topics"] == []


@with_parameters("given")
def test_each_role_may_do_what_it_is_for_and_no_more(deployed: str) -> None:
    iam = boto3.client("iam")
    allowed: dict[str, Any] = {}
    for role in iam.list_roles()["Roles"]:
        (name,) = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)
        document = policy["PolicyDocument"]
        document = yaml.safe_load(document) if isinstance(document, str) else document
        for statement in document["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                allowed[action] = statement["Resource"]
    on_everything = {action for action, where in allowed.items() if where == "*"}
    assert on_everything == {"ecr:GetAuthorizationToken"}
    assert not any("*" in action for action in allowed)
    assert allowed["ecs:RunTask"] == task()["taskDefinitionArn"]
    assert len(there(allowed["secretsmanager:GetSecretValue"])) == 2


def test_documentdb_is_made_only_where_no_other_server_is_named() -> None:
    text = (FOLDER / "job-tracker.yaml").read_text(encoding="utf-8")
    types = re.findall(r"^    Type: (AWS::DocDB::\w+)\n    Condition: (\w+)$", text, re.MULTILINE)

    assert types == [
        (f"AWS::DocDB::{name}", "MakesDocumentDb")
        for name in ("DBSubnetGroup", "DBCluster", "DBInstance")
    ]
    assert 'MakesDocumentDb: !Equals [!Ref MongoHost, ""]' in text
