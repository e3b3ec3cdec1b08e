"""SHA-256 of the wheels that are known, as PyPI published them: what an index says later counts for nothing."""

from .say import Trouble
from .whole import sha256

PINNED = {
    "torch-2.13.0-cp310-cp310-manylinux_2_28_x86_64.whl":
        "c78b7b4d04461855a764cf01bae9a462bb88bc93defcfa11235cbc8fdf3e12c4",
    "torch-2.13.0-cp310-cp310-manylinux_2_28_aarch64.whl":
        "0ab4b69f3ee03a62a002cfbf77b1ca5e88aceb4ea64cb4388bb28f638ddbb045",
    "torch-2.13.0-cp310-cp310-macosx_14_0_arm64.whl":
        "94f0de129916f77b8dc2c7a8eff644cfeddfe59e39c9f55e9f6e17543410281d",
    "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl":
        "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
    "torch-2.13.0-cp311-cp311-manylinux_2_28_aarch64.whl":
        "092790c696a760c729fd5722835f50b9d81fd7c8f141571f3f3cf4081a8f664c",
    "torch-2.13.0-cp311-cp311-macosx_14_0_arm64.whl":
        "e76f9bcecc52b8ff711239a2f7547d5353df95878ab232f0773c1d95928b92f8",
    "torch-2.13.0-cp312-cp312-manylinux_2_28_x86_64.whl":
        "796633c4cdf0fe2cdced72d8f88f22e73dbcfce83132763162f6d4bff13b820b",
    "torch-2.13.0-cp312-cp312-manylinux_2_28_aarch64.whl":
        "572df8be8ffb4599c88cbd6a0726f1f854f4da65d2e3c09f0e2c2283333cd6d4",
    "torch-2.13.0-cp312-cp312-macosx_14_0_arm64.whl":
        "2fe228aba290d14b9f31b049be550dbd469c3fd3013d7a19705b30454da97027",
    "torch-2.13.0-cp313-cp313-manylinux_2_28_x86_64.whl":
        "a3a9a21312872af8a26950b2c15680335a386a1f56ed03e780653d78b9607e9e",
    "torch-2.13.0-cp313-cp313-manylinux_2_28_aarch64.whl":
        "1e09d6a722504957c694faceca843acde562786df1144ebcc5a74075ec7f6005",
    "torch-2.13.0-cp313-cp313-macosx_14_0_arm64.whl":
        "33449899ce5496c1b84b4853179d94fd102028ae1407314d9fb956bb79e70d09",
    "torch-2.13.0-cp314-cp314-manylinux_2_28_x86_64.whl":
        "49f1ea385c754e54919408a9bb3b5a72b0b755bbe2c916c1d6f70afbec4908a2",
    "torch-2.13.0-cp314-cp314-manylinux_2_28_aarch64.whl":
        "a3893dc2da0a972a8ca5d698c85a9f967559ac5f8ee1797b77408aa8734d073c",
    "torch-2.13.0-cp314-cp314-macosx_14_0_arm64.whl":
        "d849b390e07d8d333ce8ecaf91b273c656c598379a19c9acf1318a883f6b391c",
    "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl":
        "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
    "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl":
        "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
    "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_aarch64.whl":
        "796bd679890ee55fb14a94629b698b6db54bcfd833d391d5e94017dd9d7d3151",
    "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64.whl":
        "ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55",
    "cuda_toolkit-13.0.3.0-py2.py3-none-any.whl":
        "d693caaa261214ddd7dbb60d68e71cbed884e68c2be7509778f3051da0b91c3f",
}


def check(path):
    """Refuses a wheel of a known name and another content. One of another name has only its index's word for it."""
    right = PINNED.get(path.name)
    if right is not None and sha256(path) != right:
        raise Trouble(
            f"{path.name} is not the file that PyPI published under that name",
            "ask an index that you trust: PIP_INDEX_URL=https://pypi.org/simple scripts/setup",
        )
