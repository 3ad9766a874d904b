"""Text, CSV, JSON and XML: every encoding clinics use, and what only pretends to be text."""

from __future__ import annotations

from typing import Any

from tests.documents.corpus_images import jpeg
from tests.documents.corpus_model import (
    ACTIVE,
    BOMB,
    CORRUPT,
    ELF,
    HTML,
    LAB,
    MIB,
    MISMATCH,
    PATIENTS,
    PE,
    PHP,
    SVG,
    Upload,
    noise,
)
from tests.documents.corpus_office import xlsx
from tests.documents.corpus_office_bad import LAUGHS
from tests.documents.corpus_pdf import minimal

TEXT = "Hämoglobin: 13,1 g/dl\r\nCRP < 5 mg/l, pH > 7.3, Dr. <unknown>, <a.b@clinic.example>\r\n"
RUSSIAN = "Пациент;Анализ;Результат\r\nИванов;Гемоглобин;131\r\n"
CSV = (
    '"Name";"Test";"Value";"Note"\r\n'
    '"Test, Patient";"Hb";"13,1";"<b>high</b> and ""quoted"""\r\n'
    '"Other";"CRP";"-5";"x < y & y > z"\r\n'
)
JSON = b'{"patient": "\xd8\xa7\xd8\xae", "results": [{"hb": 13.1, "note": "x < y"}, null, true]}'
CDA = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="CDA.xsl"?>
<!-- produced by a laboratory system -->
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:voc="urn:hl7-org:v3/voc"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:hl7-org:v3 CDA.xsd">
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <title>Laboratory report — مختبر</title>
  <effectiveTime value="20240501"/>
  <component><structuredBody><component><section>
    <title>Results</title>
    <text><table border="1"><thead><tr><th>Test</th><th>Value</th></tr></thead>
      <tbody><tr><td>CRP</td><td>&lt; 5 &#956;g/l<br/></td></tr></tbody></table>
      <list><item><![CDATA[pH < 7.4]]></item></list></text>
  </section></component></structuredBody></component>
</ClinicalDocument>
"""
HL7 = (
    "MSH|^~\\&|LAB|CLINIC|EHR|CLINIC|20240501094100||ORU^R01|1|P|2.5\r"
    "PID|1||0001||Test^Patient\rOBX|1|NM|718-7^Hb||13.1|g/dl|12-16||||F\r"
)
MALFORMED = b'<?xml version="1.0"?>\n<report><result>13.1</report>\n'
EXTERNAL = (
    b'<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<r>&x;</r>\n'
)
PARAMETER = b'<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY % p SYSTEM "http://x.example/p.dtd"> %p;]>\n<r/>\n'
XHTML = (
    b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head/>'
    b"<body><script>alert(1)</script></body></html>\n"
)
HIDDEN_XHTML = (
    b'<?xml version="1.0"?>\n<report xmlns:h="http://www.w3.org/1999/xhtml">'
    b"<h:script>alert(1)</h:script></report>\n"
)


def quadratic() -> bytes:
    """One entity of 100 kB used five thousand times: 500 MB without any nesting."""
    head = b'<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY a "' + b"a" * 100_000 + b'">]>\n<d>'
    return head + b"&a;" * 5000 + b"</d>\n"


def late_script() -> bytes:
    return TEXT.encode() * 10_000 + b"<script src=//x.example/a.js></script>\n"


def long_csv() -> bytes:
    return b"sample;value\r\n" + b"".join(b"%d;13,1\r\n" % n for n in range(100_000))


def _bad(
    ident: str,
    name: str,
    body: bytes | Any,
    codes: frozenset[str],
    declared: str = "",
    slug: str = LAB,
) -> Upload:
    build = body if callable(body) else lambda: body
    return Upload(ident, name, build, declared, slug, codes)


def _good(
    ident: str, name: str, body: bytes | Any, declared: str = "text/plain", slug: str = LAB
) -> Upload:
    build = body if callable(body) else lambda: body
    return Upload(ident, name, build, declared, slug)


BINARY = CORRUPT | MISMATCH
EXECUTABLE = ACTIVE | MISMATCH | CORRUPT
ENTITY = ACTIVE | BOMB

BAD: tuple[Upload, ...] = (
    _bad("txt-empty", "note.txt", b"", frozenset({"empty"}), "text/plain"),
    _bad("csv-empty-patients", "a.csv", b"", frozenset({"empty"}), "text/csv", PATIENTS),
    _bad(
        "txt-one-byte-over-10mb", "log.txt", lambda: b"a" * (10 * MIB + 1), frozenset({"too_large"})
    ),
    _bad("txt-html", "note.txt", HTML, ACTIVE, "text/plain"),
    _bad("txt-html-after-blanks", "note.txt", b"\xef\xbb\xbf\n \t\n<!-- x -->" + HTML, ACTIVE),
    _bad("txt-script-mixed-case", "note.txt", b"Hb\n<ScRiPt\n>alert(1)</sCrIpT>", ACTIVE),
    _bad("txt-script-after-800-kb", "note.txt", late_script, ACTIVE),
    _bad("txt-html-utf16", "note.txt", ("\ufeff" + HTML.decode()).encode("utf-16-le"), ACTIVE),
    _bad("txt-svg", "note.txt", SVG, ACTIVE, "text/plain", PATIENTS),
    _bad("txt-php", "note.txt", b"Notes\n" + PHP, ACTIVE),
    _bad("txt-shell-script", "note.txt", b"#!/bin/sh\nrm -rf /\n", ACTIVE),
    _bad("txt-pe-executable", "note.txt", PE, EXECUTABLE),
    _bad("txt-elf-executable", "note.txt", ELF + bytes(400), EXECUTABLE, "text/plain", PATIENTS),
    _bad("txt-nul-bytes", "note.txt", b"Hb 13.1\x00\x00\x00CRP 5\n", BINARY),
    _bad("txt-utf16-without-bom", "note.txt", TEXT.encode("utf-16-le"), BINARY),
    _bad("txt-utf16-odd-length", "note.txt", TEXT.encode("utf-16") + b"A", BINARY),
    _bad("txt-noise", "note.txt", lambda: noise(4096), BINARY, "text/plain"),
    _bad("csv-html", "a.csv", HTML, ACTIVE, "text/csv"),
    _bad("csv-script-cell", "a.csv", b"id,note\n1,<script>alert(1)</script>\n", ACTIVE),
    _bad("csv-iframe-cell", "a.csv", b'id,note\n1,"<iframe src=//x.example>"\n', ACTIVE),
    _bad("csv-svg-handler-cell", "a.csv", b"id,note\n1,<svg onload=alert(1)>\n", ACTIVE),
    _bad("csv-noise", "a.csv", lambda: noise(4096), BINARY, "text/csv"),
    _bad("json-html", "a.json", HTML, ACTIVE, "application/json"),
    _bad("json-script-value", "a.json", b'{"n": "<script>alert(1)</script>"}', ACTIVE),
    _bad("json-unterminated", "a.json", JSON[:-1], CORRUPT, "application/json"),
    _bad("json-trailing-comma", "a.json", b'{"hb": 13.1,}', CORRUPT, "application/json"),
    _bad("json-two-documents", "a.json", JSON + JSON, CORRUPT, "application/json", PATIENTS),
    _bad("json-is-prose", "a.json", b"Haemoglobin is fine.\n", BINARY),
    _bad("json-nested-100000-deep", "a.json", b"[" * 100_000 + b"]" * 100_000, CORRUPT | BOMB),
    _bad("xml-malformed", "a.xml", MALFORMED, CORRUPT, "application/xml"),
    _bad("xml-truncated", "a.xml", CDA.encode()[:-40], CORRUPT, "text/xml", PATIENTS),
    _bad("xml-two-roots", "a.xml", b"<a/><b/>", CORRUPT, "application/xml"),
    _bad("xml-is-json", "a.xml", JSON, BINARY),
    _bad("xml-billion-laughs", "a.xml", LAUGHS, ENTITY, "application/xml"),
    _bad("xml-quadratic-blowup", "a.xml", quadratic, ENTITY, "application/xml"),
    _bad("xml-external-entity", "a.xml", EXTERNAL, ENTITY, "application/xml"),
    _bad("xml-external-parameter-entity", "a.xml", PARAMETER, ENTITY, "text/xml", PATIENTS),
    _bad("xml-external-entity-utf16", "a.xml", EXTERNAL.decode().encode("utf-16"), ENTITY),
    _bad("xml-svg", "a.xml", b'<?xml version="1.0"?>\n' + SVG, ACTIVE, "application/xml"),
    _bad("xml-xhtml", "a.xml", XHTML, ACTIVE, "application/xml"),
    _bad("xml-xhtml-script-prefixed", "a.xml", HIDDEN_XHTML, ACTIVE, "application/xml"),
    _bad("xml-html", "a.xml", HTML, ACTIVE),
    _bad("pdf-named-txt", "note.txt", minimal, MISMATCH | CORRUPT),
    _bad("jpeg-named-csv", "a.csv", jpeg, BINARY),
    _bad("xlsx-named-csv", "a.csv", xlsx, BINARY, "text/csv"),
)

GOOD: tuple[Upload, ...] = (
    _good("txt-utf8", "note.txt", TEXT.encode()),
    _good("txt-utf8-bom", "note.txt", TEXT.encode("utf-8-sig")),
    _good("txt-utf16-le-bom", "note.txt", ("\ufeff" + TEXT).encode("utf-16-le")),
    _good("txt-utf16-be-bom", "note.txt", ("\ufeff" + TEXT).encode("utf-16-be")),
    _good("txt-cp1252", "note.txt", TEXT.encode("cp1252"), "text/plain", PATIENTS),
    _good("txt-declared-with-charset", "n.txt", TEXT.encode(), "text/plain; charset=utf-8"),
    _good("txt-form-feed", "n.txt", TEXT.encode() + b"\x0c" + TEXT.encode()),
    _good("txt-one-character", "note.txt", b"5"),
    _good("txt-hl7-carriage-returns", "oru.txt", HL7.encode(), "text/plain", PATIENTS),
    _good("txt-begins-with-mz", "twins.txt", b"MZ twins, monochorionic. Script handed out.\n"),
    _good("txt-begins-with-bm", "glucose.txt", b"BM 5.4 mmol/l before breakfast, 7.9 after.\n"),
    _good("txt-arabic", "note.txt", "نتيجة التحليل: طبيعي\n".encode()),
    _good("csv-semicolons-and-tags", "a.csv", CSV.encode(), "text/csv"),
    _good("csv-declared-excel", "a.csv", CSV.encode(), "application/vnd.ms-excel"),
    _good("csv-declared-plain", "a.csv", CSV.encode(), "text/plain", PATIENTS),
    _good("csv-octet-stream", "a.csv", CSV.encode(), "application/octet-stream"),
    _good("csv-utf8-bom", "a.csv", CSV.encode("utf-8-sig"), "text/csv"),
    _good("csv-utf16", "a.csv", ("\ufeff" + RUSSIAN).encode("utf-16-le"), "text/csv"),
    _good("csv-cp1251", "a.csv", RUSSIAN.encode("cp1251"), "application/vnd.ms-excel"),
    _good("csv-100000-rows", "a.csv", long_csv, "text/csv"),
    _good("txt-exactly-10mb", "log.txt", lambda: b"value 13.1 mmol\n" * (10 * MIB // 16)),
    _good("json-object", "a.json", JSON, "application/json"),
    _good("json-array", "a.json", b"[1, 2.5e3, -4]\n", "application/json"),
    _good("json-utf8-bom", "a.json", b"\xef\xbb\xbf" + JSON, "application/json", PATIENTS),
    _good("json-undeclared", "a.json", JSON, ""),
    _good("xml-cda", "cda.xml", CDA.encode(), "application/xml"),
    _good("xml-cda-declared-text", "cda.xml", CDA.encode(), "text/xml", PATIENTS),
    _good("xml-utf8-bom", "cda.xml", b"\xef\xbb\xbf" + CDA.encode(), "text/xml"),
    _good("xml-utf16", "a.xml", CDA.replace("UTF-8", "UTF-16").encode("utf-16"), "text/xml"),
    _good("xml-without-declaration", "a.xml", b"<report><hb>13.1</hb></report>", "text/xml"),
)
