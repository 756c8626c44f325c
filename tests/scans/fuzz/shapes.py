"""The property names of every format that is read, and what kind of value belongs to each.

A shape is the name of another shape, a kind of leaf (see values.py), a list of one shape, a set of
words, or a table under the key "*". A name with "!" is never left out.
"""

SARIF = {
    "log": {
        "version!": {"2.1.0"},
        "$schema": "text",
        "runs!": ["run"],
        "inlineExternalProperties": [{"results": ["result"]}],
        "properties": "bag",
    },
    "run": {
        "tool!": {"driver!": "driver", "extensions": ["component"]},
        "results!": ["result"],
        "invocations": ["invocation"],
        "artifacts": [{"location": "artifact"}],
        "originalUriBaseIds": {"*": "artifact"},
        "automationDetails": {"id": {"a/1", "a/2", "b/2024-01-01", "/", "x" * 300}},
        "versionControlProvenance": [{"mappedTo": "artifact", "revisionId": "text"}],
        "taxonomies": ["component"],
        "externalPropertyFileReferences": {"artifacts": [{"guid": "text"}]},
        "baselineGuid": "text",
        "columnKind": {"utf16CodeUnits", "unicodeCodePoints"},
        "properties": "bag",
    },
    "driver": {
        "name!": "tool",
        "version": "text",
        "semanticVersion": "text",
        "guid": "word",
        "rules": ["rule"],
        "globalMessageStrings": {"*": "message"},
    },
    "component": {"name": {"CWE", "pack"}, "guid": "word", "rules": ["rule"]},
    "rule": {
        "id!": "word",
        "guid": "word",
        "name": "word",
        "deprecatedIds": ["word"],
        "shortDescription": "message",
        "fullDescription": "message",
        "helpUri": "uri",
        "messageStrings": {"*": "message"},
        "defaultConfiguration": {"level": "level", "enabled": "flag", "rank": "number"},
        "relationships": [{"target": "reference", "kinds": ["word"]}],
        "properties": "bag",
    },
    "reference": {
        "id": "word",
        "index": "number",
        "guid": "word",
        "toolComponent": {"name": {"CWE", "pack"}, "index": "number", "guid": "word"},
    },
    "invocation": {
        "executionSuccessful": "flag",
        "workingDirectory": "artifact",
        "toolExecutionNotifications": [{"level": "level", "message": "message"}],
        "toolConfigurationNotifications": [{"level": "level"}],
        "ruleConfigurationOverrides": [
            {"descriptor": "reference", "configuration": {"level": "level", "enabled": "flag"}}
        ],
    },
    "artifact": {"uri": "uri", "uriBaseId": {"A", "B", "k"}, "index": "number"},
    "message": {
        "text": "text",
        "markdown": "text",
        "id": {"k", "default"},
        "arguments": ["text"],
    },
    "location": {
        "physicalLocation": {
            "artifactLocation": "artifact",
            "region": {
                "startLine": "number",
                "startColumn": "number",
                "endLine": "number",
                "snippet": {"text": "text"},
            },
            "contextRegion": {"startLine": "number"},
        },
        "logicalLocations": [
            {"name": "word", "fullyQualifiedName": "text", "kind": {"package", "function"}}
        ],
    },
    "result": {
        "ruleId!": "word",
        "ruleIndex": "number",
        "rule": "reference",
        "kind": {"fail", "pass", "open", "review", "notApplicable", "informational"},
        "level": "level",
        "rank": "number",
        "baselineState": {"absent", "new", "unchanged", "updated"},
        "message": "message",
        "locations": ["location"],
        "relatedLocations": ["location"],
        "codeFlows": [{"threadFlows": [{"locations": [{"location": "location"}]}]}],
        "suppressions": [
            {
                "kind": {"inSource", "external"},
                "status": {"accepted", "rejected", "underReview"},
                "state": {"accepted"},
            }
        ],
        "fingerprints": {"*": "text"},
        "partialFingerprints": {"*": "text"},
        "taxa": ["reference"],
        "provenance": {"invocationIndex": "number"},
        "properties": "bag",
    },
    "bag": {
        "security-severity": "number",
        "severity": "word",
        "issue_severity": "word",
        "tags": ["word"],
        "category": "word",
        "cwe": "word",
        "cwes": ["number"],
        "purl": "purl",
        "package": "word",
        "verified": "flag",
        "*": "text",
    },
}
CYCLONEDX = {
    "log": {
        "bomFormat!": {"CycloneDX"},
        "specVersion": {"1.2", "1.4", "1.5", "1.6", "1.7"},
        "metadata": {
            "tools": [{"vendor": "text", "name": "tool", "version": "text"}],
            "component": "component",
        },
        "components": ["component"],
        "vulnerabilities!": ["vulnerability"],
    },
    "component": {
        "bom-ref": "word",
        "type": {"library", "application"},
        "name": "word",
        "version": "word",
        "purl": "purl",
        "components": [{"bom-ref": "word", "name": "word", "purl": "purl"}],
        "properties": [
            {"name": {"syft:location:0:path", "aquasecurity:trivy:FilePath"}, "value": "uri"}
        ],
        "evidence": {"occurrences": [{"location": "uri"}]},
    },
    "vulnerability": {
        "id": "word",
        "source": {"name": "word"},
        "ratings": [
            {
                "score": "number",
                "severity": "level",
                "method": {"CVSSv2", "CVSSv31", "CVSSv4", "other"},
                "vector": "text",
            }
        ],
        "cwes": ["number"],
        "description": "text",
        "analysis": {"state": {"resolved", "exploitable", "false_positive", "not_affected"}},
        "affects": [{"ref": "word", "versions": [{"version": "word", "status": {"unaffected"}}]}],
    },
}
TRIVY = {
    "log": {
        "SchemaVersion!": "number",
        "ArtifactName": "uri",
        "ArtifactType": {"filesystem", "container_image"},
        "Results!": ["result"],
    },
    "result": {
        "Target": "uri",
        "Class": {"os-pkgs", "lang-pkgs", "config", "secret", "license"},
        "Type": {"npm", "terraform", "debian"},
        "Vulnerabilities": [
            {
                "VulnerabilityID": "word",
                "PkgName": "word",
                "PkgPath": "uri",
                "PkgIdentifier": {"PURL": "purl"},
                "InstalledVersion": "word",
                "Severity": "level",
                "CVSS": {"*": {"V3Score": "number", "V2Score": "number", "V3Vector": "text"}},
                "CweIDs": ["word"],
                "Title": "text",
                "Status": {"fixed", "not_affected"},
            }
        ],
        "Misconfigurations": [
            {
                "ID": "word",
                "AVDID": "word",
                "Severity": "level",
                "Status": {"PASS", "FAIL", "EXCEPTION"},
                "Message": "text",
                "CauseMetadata": {"StartLine": "number"},
            }
        ],
        "Secrets": [
            {"RuleID": "word", "Severity": "level", "StartLine": "number", "Match": "text"}
        ],
        "Licenses": [{"Severity": "level", "PkgName": "word", "Name": "word", "FilePath": "uri"}],
        "MisconfSummary": {"Successes": "number", "Failures": "number"},
        "ExperimentalModifiedFindings": [
            {"Type": "word", "Status": "word", "Finding": {"VulnerabilityID": "word"}}
        ],
    },
}
GITLEAKS = {
    "log": ["finding"],
    "finding": {
        "RuleID!": "word",
        "Description": "text",
        "StartLine!": "number",
        "EndLine": "number",
        "StartColumn": "number",
        "Match": "text",
        "Secret": "text",
        "File!": "uri",
        "SymlinkFile": "uri",
        "Commit": "word",
        "Entropy": "number",
        "Author": "text",
        "Tags": ["word"],
        "Fingerprint": "text",
    },
}
TRUFFLEHOG = {
    "log": "lines",
    "line": {
        "SourceMetadata": {
            "Data": {"*": {"file": "uri", "line": "number", "commit": "word", "link": "uri"}}
        },
        "SourceName": "word",
        "DetectorName!": "word",
        "Verified": "flag",
        "Raw": "text",
        "Redacted": "text",
        "level": {"info-0", "error"},
        "logger": {"trufflehog"},
        "msg": {"finished scanning"},
    },
}
DETECT_SECRETS = {
    "log": {
        "version": "text",
        "plugins_used!": [{"name": "word"}],
        "results!": {
            "*": [
                {
                    "type": "word",
                    "filename": "uri",
                    "hashed_secret": "text",
                    "is_verified": "flag",
                    "is_secret": "flag",
                    "line_number": "number",
                }
            ]
        },
    },
}
NPM_AUDIT = {
    "log": {
        "auditReportVersion!": "number",
        "vulnerabilities!": {"*": "package"},
        "metadata": {"vulnerabilities": {"*": "number"}},
        "error": {"code": "word", "summary": "text"},
    },
    "package": {
        "name": "word",
        "severity": "level",
        "isDirect": "flag",
        "via": ["advisory"],
        "nodes": ["uri"],
        "range": "text",
        "fixAvailable": "any",
    },
    "advisory": {
        "source": "number",
        "name": "word",
        "title": "text",
        "url": "uri",
        "severity": "level",
        "cwe": ["word"],
        "cvss": {"score": "number", "vectorString": "text"},
        "range": "text",
    },
}
OLD_NPM_AUDIT = {
    "log": {
        "actions!": [{"module": "word"}],
        "advisories!": {
            "*": {
                "id": "number",
                "module_name": "word",
                "severity": "level",
                "title": "text",
                "url": "uri",
                "cwe": "word",
                "findings": [{"version": "word", "paths": ["uri"]}],
            }
        },
        "muted!": ["any"],
        "metadata!": {"vulnerabilities": {"*": "number"}},
    },
}
PIP_AUDIT = {
    "log": {"dependencies!": ["dependency"], "fixes": ["any"]},
    "dependency": {
        "name": "word",
        "version": "word",
        "skip_reason": "text",
        "vulns": [
            {"id": "word", "fix_versions": ["word"], "aliases": ["word"], "description": "text"}
        ],
    },
}
OSV = {
    "log": {"results!": ["source"], "experimental_config": "any"},
    "source": {
        "source": {"path": "uri", "type": {"lockfile", "sbom"}},
        "packages!": [
            {
                "package": {"name": "word", "version": "word", "ecosystem": "word"},
                "vulnerabilities": [
                    {
                        "id": "word",
                        "aliases": ["word"],
                        "summary": "text",
                        "severity": [{"type": {"CVSS_V3", "CVSS_V4"}, "score": "text"}],
                        "database_specific": {"severity": "level", "cwe_ids": ["word"]},
                    }
                ],
                "groups": [{"ids": ["word"], "aliases": ["word"], "max_severity": "number"}],
                "licenses": ["word"],
                "license_violations": ["word"],
            }
        ],
    },
}
FORMATS = {
    "sarif": SARIF,
    "cyclonedx": CYCLONEDX,
    "trivy": TRIVY,
    "gitleaks": GITLEAKS,
    "trufflehog": TRUFFLEHOG,
    "detect-secrets": DETECT_SECRETS,
    "npm-audit": NPM_AUDIT,
    "npm-audit-6": OLD_NPM_AUDIT,
    "pip-audit": PIP_AUDIT,
    "osv-scanner": OSV,
}
