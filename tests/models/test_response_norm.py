"""Local response normalisation: against torch's, against plain sums, and its gradient."""

import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from halescope.models.response_norm import band, local_response_norm

ARGUMENTS = [(5, 1e-4, 0.75), (3, 0.5, 0.75), (5, 0.3, 0.5)]


def by_shifts(x, size, alpha, beta):
    """Add up shifted copies, as the formula reads."""
    half, channels = size // 2, x.shape[1]
    squares = torch.nn.functional.pad(x * x, (0, 0, 0, 0, half, half))
    total = sum(squares[:, s : s + channels] for s in range(size))
    return x * (1.0 + alpha / size * total).pow(-beta)


def picture(dtype=torch.float32, channels=11):
    return (torch.randn(2, channels, 5, 7, generator=torch.manual_seed(3)) * 40).to(dtype)


@pytest.mark.parametrize("numbers", ARGUMENTS)
def test_equals_torchs_and_the_sum_of_shifted_copies(numbers):
    size, alpha, beta = numbers
    x = picture()
    found = local_response_norm(x, *numbers)
    library = torch.nn.functional.local_response_norm(x, size, alpha, beta, 1.0)
    assert torch.allclose(found, library, rtol=2e-6, atol=2e-6)
    assert torch.allclose(found, by_shifts(x, *numbers), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("numbers", ARGUMENTS)
def test_gradient_is_that_of_the_plain_formula(numbers):
    x = picture(torch.float32).requires_grad_()
    y = x.detach().double().requires_grad_()
    slope = torch.randn(x.shape, generator=torch.manual_seed(4))
    (local_response_norm(x, *numbers) * slope).sum().backward()
    (by_shifts(y, *numbers) * slope).sum().backward()
    assert torch.allclose(x.grad.double(), y.grad, rtol=1e-5, atol=1e-6)


def test_half_precision_is_summed_in_float32():
    x = picture(torch.bfloat16, channels=64)
    with torch.autocast("cpu", torch.bfloat16):
        found = local_response_norm(x)
    assert found.dtype is torch.bfloat16
    assert torch.equal(found, by_shifts(x.float(), 5, 1e-4, 0.75).bfloat16())


def test_channels_last_gives_the_same():
    x = picture()
    last = x.to(memory_format=torch.channels_last)
    assert torch.allclose(local_response_norm(last), local_response_norm(x), rtol=1e-6)


def test_band_adds_neighbours_and_stops_at_the_ends():
    x = torch.tensor([[1.0, 2.0, 4.0, 8.0]])
    assert band(x, 3).flatten().tolist() == [3.0, 7.0, 14.0, 12.0]
    assert band(x, 5).flatten().tolist() == [7.0, 15.0, 15.0, 14.0]
    assert band(x[:, :1], 5).flatten().tolist() == [1.0]


def test_more_pixels_than_are_taken_at_a_time():
    x = torch.randn(2, 6, 20, 30, generator=torch.manual_seed(3)) * 40
    assert torch.allclose(local_response_norm(x), by_shifts(x, 5, 1e-4, 0.75), rtol=2e-6)


@pytest.mark.parametrize("numbers", ARGUMENTS)
def test_the_graph_computes_the_same_as_torch_and_as_onnx_own_operator(numbers):
    onnx = pytest.importorskip("onnx", reason="the train extra is not installed")
    onnxruntime = pytest.importorskip("onnxruntime")
    from halescope.training.export import onnx_bytes

    class Norm(torch.nn.Module):
        def forward(self, x):
            return local_response_norm(x, *numbers)

    x = picture()
    data = onnx_bytes(Norm(), [x], (["x"], ["y"]))
    operators = {node.op_type for node in onnx.load_from_string(data).graph.node}
    assert "LRN" not in operators
    assert "Conv" in operators
    size, alpha, beta = numbers
    parser = pytest.importorskip("onnx.parser")
    own = parser.parse_model(
        f"""<ir_version: 8, opset_import: ["" : 17]>
        own (float[2,11,5,7] x) => (float[2,11,5,7] y)
        {{ y = LRN <size={size}, alpha={alpha}, beta={beta}, bias=1.0> (x) }}"""
    ).SerializeToString()
    for graph in (data, own):
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        found = torch.from_numpy(session.run(None, {"x": x.numpy()})[0])
        assert torch.allclose(found, local_response_norm(x, *numbers), rtol=1e-5, atol=1e-5)
