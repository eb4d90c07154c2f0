"""Files that are a record each, a hundred together."""

from __future__ import annotations

from fairflip.pipeline.read.images import files


def test_the_name_is_the_id_and_the_path_the_image():
    batch = files.records_of(["a/x.png", "gs://b/y.jpg"], "id", ["image"])
    assert batch.to_pydict() == {
        "id": ["x.png", "y.jpg"],
        "image": ["a/x.png", "gs://b/y.jpg"],
    }


def test_files_of_one_folder_are_read_together_and_each_once():
    paths = [f"a/{n:03}.png" for n in range(300)] + [f"b/{n}.png" for n in range(5)]
    parts = list(files.together(paths))
    assert [len(part) for part in parts] == [128, 128, 44, 5]
    assert [path for part in parts for path in part] == paths
    assert {files.folder_of(part) for part in parts} == {"a", "b"}
    assert files.folder_of(["x.png"]) == "."


def test_a_part_is_found_again_by_its_text():
    for part in (["a/1.png", 'b/"\n[.png'], ["x.png"]):
        assert files.paths_of(files.as_part(part)) == part
    assert files.paths_of("plain/path.csv") == ["plain/path.csv"]
