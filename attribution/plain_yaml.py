"""YAML as the policies and case files use it: safe, no key twice, dates left as they are written."""

from __future__ import annotations

import yaml

TIMESTAMP = "tag:yaml.org,2002:timestamp"


class PlainLoader(yaml.SafeLoader):
    """Refuses a key that stands twice; an unquoted date stays text, so that one that does not exist can be named."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: list[object] = []  # a key need not be hashable yet
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} twice", key_node.start_mark)
            seen.append(key)
        return super().construct_mapping(node, deep=deep)


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != TIMESTAMP]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def told_fault(file: str, error: yaml.YAMLError) -> str:
    """One line about text that is no YAML: file, line, and what is wrong."""
    if isinstance(error, yaml.MarkedYAMLError) and (mark := error.problem_mark or error.context_mark):
        return f"{file}:{mark.line + 1}: not readable as YAML ({error.problem or error.context})"
    return f"{file}: not readable as YAML ({' '.join(str(error).split())})"
