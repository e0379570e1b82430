"""Too much work is refused before it is begun, and the way out leads to a sample that is computed."""

import pickle

import pytest

from convviz import GeometryError
from convviz.samples import MOST_CELLS, MOST_PRODUCTS, PRESETS, PoolingSample, Sample, TransposedSample

TOO_MUCH = {
    # products
    "many filters": (Sample((64, 64), (5, 5), in_channels=64, out_channels=64), {"out_channels": 34}),
    "many filters in groups": (
        Sample((64, 64), (9, 9), in_channels=64, out_channels=64, groups=2, padding="same"),
        {"out_channels": 18},
    ),
    # the cells of one grid
    "a weight too large": (Sample((64, 64), (16, 16), in_channels=64, out_channels=64), {"out_channels": 5}),
    "padding in space": (Sample((1, 1, 1), (1, 1, 1), padding=((60, 60),) * 3), {"padding": ((39, 39),) * 3}),
    "stamps far apart": (TransposedSample((64, 64), (16, 16), (16, 16)), {"input_size": (44, 44)}),
    # one parameter is not enough
    "everything at its most": (
        TransposedSample((8, 16, 16), (16,) * 3, (16,) * 3, dilation=(16,) * 3, in_channels=64, out_channels=64),
        None,
    ),
    "a block": (
        PoolingSample(
            (64, 64), (2, 2), view="block", channels=64, block_channels=64, block_kernel=(5, 5), block_padding=(2, 2)
        ),
        {"block_channels": 30},
    ),
}


def arguments(sample):
    return sample.block_arguments() if getattr(sample, "view", "") == "block" else sample.arguments()


@pytest.mark.parametrize(("sample", "remedy"), TOO_MUCH.values(), ids=list(TOO_MUCH))
def test_too_much_work_is_refused_with_what_makes_it_little(sample, remedy):
    with pytest.raises(GeometryError) as refused:
        arguments(sample)
    error = refused.value
    if remedy is not None:
        assert error.remedy == remedy
    parameter = next(iter(error.remedy))
    assert error.parameter == parameter
    assert error.value == getattr(sample, parameter)
    assert error.limit == error.remedy[parameter]
    assert "lower " in str(error)
    mended = sample.changed(**error.remedy)
    assert all(values.size <= MOST_CELLS for values in arguments(mended)[:-1])
    assert mended.products <= MOST_PRODUCTS
    assert mended.shape("output").cells <= MOST_CELLS


def test_no_more_is_lowered_than_needed():
    sample = Sample((64, 64), (5, 5), in_channels=64, out_channels=34)
    sample.arguments()
    with pytest.raises(GeometryError):
        sample.changed(out_channels=35).arguments()


def test_groups_that_do_not_divide_the_channels_come_with_the_largest_that_do():
    for make in (Sample, TransposedSample):
        for (channels_in, channels_out, groups), limit in {
            (4, 6, 3): 2,
            (6, 4, 3): 2,
            (4, 4, 3): 2,
            (6, 6, 4): 3,
            (5, 3, 7): 1,
        }.items():
            sample = make((5, 5), (2, 2), in_channels=channels_in, out_channels=channels_out, groups=groups)
            with pytest.raises(GeometryError, match=f"lower groups to {limit}") as refused:
                sample.arguments()
            assert refused.value.remedy == {"groups": limit}
            sample.changed(groups=limit).arguments()


def test_groups_that_divide_them_pass():
    for channels_in, channels_out, groups in ((4, 6, 2), (3, 3, 3), (1, 5, 1)):
        Sample((5, 5), (2, 2), in_channels=channels_in, out_channels=channels_out, groups=groups).arguments()


def test_what_does_not_fit_is_left_to_its_operation():
    all_cut_away = TransposedSample((1, 1), (1, 1), (1, 1), ((9, 9),) * 2)
    for sample in (Sample((3, 3), (5, 5)), Sample((5, 5), (3, 3), (2, 2), "same"), all_cut_away):
        x, weight, _ = sample.arguments()
        assert x.size
        assert weight.size


def test_a_block_kernel_that_does_not_fit_is_refused_by_its_own_name():
    sample = PoolingSample((3, 4), (2, 2), view="block", block_kernel=(5, 3), block_padding=(0, 0))
    with pytest.raises(GeometryError, match="kernel 5 spans 5 cells") as refused:
        sample.block_arguments()
    assert (refused.value.parameter, refused.value.axis, refused.value.remedy) == ("block_kernel", 0, {"block_kernel": 3})
    sample.changed(block_kernel=(3, 3)).block_arguments()


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_is_too_much_work(name):
    arguments(PRESETS[name].sample)


def test_a_refusal_survives_a_worker_process():
    with pytest.raises(GeometryError) as refused:
        Sample((64, 64), (16, 16), in_channels=64, out_channels=64).arguments()
    assert pickle.loads(pickle.dumps(refused.value)).remedy == refused.value.remedy  # noqa: S301
