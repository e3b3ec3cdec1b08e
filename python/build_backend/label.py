"""The torch that a wheel fits, in the wheel's own version: `0.1.0+pt213`, a local version label (PEP 440).

A compiled wheel loads beside one release of torch alone. So its file name says which, and so does `pip list`.
"""

import base64
import csv
import hashlib
import io
import re
import zipfile


def of(torch):
    """`2.13.0` is `pt213`."""
    return "pt" + "".join(torch.split(".")[:2])


def with_label(metadata, label):
    return re.sub(r"(?m)^(Version: [^+\n]+)(\+.*)?$", rf"\1+{label}", metadata, count=1)


def metadata(folder, label):
    """Labels a `NAME-VERSION.dist-info` folder; returns its new name."""
    path = folder / "METADATA"
    path.write_text(with_label(path.read_text(encoding="utf-8"), label), encoding="utf-8")
    labelled = folder.with_name(folder.name.replace(".dist-info", f"+{label}.dist-info"))
    return folder.rename(labelled).name


def wheel(path, label):
    """Labels a wheel, whose RECORD has to be right again; returns its new name."""
    name, version, *tags = path.name.split("-")
    labelled = path.with_name("-".join([name, f"{version}+{label}", *tags]))
    before, after = f"{name}-{version}.dist-info/", f"{name}-{version}+{label}.dist-info/"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(labelled, "w", zipfile.ZIP_DEFLATED) as new:
        rows = []
        for entry in old.infolist():
            data = old.read(entry)
            entry.filename = entry.filename.replace(before, after)
            if entry.filename == f"{after}RECORD":
                continue
            if entry.filename == f"{after}METADATA":
                data = with_label(data.decode("utf-8"), label).encode("utf-8")
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")
            rows.append([entry.filename, f"sha256={digest}", len(data)])
            new.writestr(entry, data)
        record = io.StringIO()
        csv.writer(record, lineterminator="\n").writerows([*rows, [f"{after}RECORD", "", ""]])
        new.writestr(f"{after}RECORD", record.getvalue())
    path.unlink()
    return labelled.name
