"""Cells: the equations of the paper, and one set of weights with two views."""

import numpy as np
import numpy.typing as npt
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from train.cells import (  # noqa: E402
    GRU,
    LSTM,
    OUTLIER,
    RNN,
    Cell,
    fake_quantise_cell_state,
    fake_quantise_range,
    fake_quantise_state,
    fake_quantise_weight,
    without_outliers,
)
from train.networks import Layer, Network, NetworkSpec  # noqa: E402

CELLS = (RNN, GRU, LSTM)


def _sigmoid(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))


def _random(cell: Cell) -> None:
    rng = np.random.default_rng(3)
    for variable in cell.variables:
        variable.assign(rng.normal(0, 0.5, variable.shape))


def test_rnn_is_its_equation() -> None:
    cell = RNN(3, 2)
    _random(cell)
    x, h = np.array([[0.3, -1.0, 2.0]], np.float32), np.array([[0.5, -0.4]], np.float32)
    w, u, b = (variable.numpy() for variable in (cell.kernel, cell.recurrent_kernel, cell.bias))
    np.testing.assert_allclose(cell.step(x, (h,))[0], np.tanh(x @ w + h @ u + b), rtol=1e-5)


@pytest.mark.parametrize("embedding", [None, 3])
def test_indices_stand_for_one_hot_frames_and_states_go_on(embedding: int | None) -> None:
    network = Network(NetworkSpec(7, (Layer(6), Layer(5, "lstm")), (("a", 4),), stack=1, embedding=embedding), seed=2)
    symbols = tf.constant([[0, 6, 3, 3, 1, 5]])
    whole = network.sequence(tf.one_hot(symbols, 7))["a"]
    first, states = network.run(symbols[:, :2], network.initial_states(1))
    second, _ = network.run(symbols[:, 2:], states)
    np.testing.assert_allclose(tf.concat([first["a"], second["a"]], axis=1), whole, atol=1e-6)


def test_gru_is_its_equations() -> None:
    cell = GRU(3, 2)
    _random(cell)
    x, h = np.array([[0.3, -1.0, 2.0]], np.float32), np.array([[0.5, -0.4]], np.float32)
    w, u, b = (np.split(v.numpy(), 3, axis=-1) for v in (cell.kernel, cell.recurrent_kernel, cell.bias))
    z = _sigmoid(x @ w[0] + h @ u[0] + b[0])
    r = _sigmoid(x @ w[1] + h @ u[1] + b[1])
    n = np.tanh(x @ w[2] + r * (h @ u[2]) + b[2])
    np.testing.assert_allclose(cell.step(x, (h,))[0], (1 - z) * h + z * n, rtol=1e-5)


def test_lstm_is_its_equations() -> None:
    cell = LSTM(3, 2)
    _random(cell)
    x = np.array([[0.3, -1.0, 2.0]], np.float32)
    h, c = np.array([[0.5, -0.4]], np.float32), np.array([[1.5, -0.2]], np.float32)
    w, u, b = (np.split(v.numpy(), 4, axis=-1) for v in (cell.kernel, cell.recurrent_kernel, cell.bias))
    i, f, o = (_sigmoid(x @ w[k] + h @ u[k] + b[k]) for k in range(3))
    following = f * c + i * np.tanh(x @ w[3] + h @ u[3] + b[3])
    outputs = cell.step(x, (h, c))
    np.testing.assert_allclose(outputs[1], following, rtol=1e-5)
    np.testing.assert_allclose(outputs[0], o * np.tanh(following), rtol=1e-5)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("quantised", [False, True])
def test_the_step_view_is_the_sequence_view(kind: str, quantised: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = NetworkSpec(4, (Layer(6, kind), Layer(5, kind)), (("a", 3), ("b", 1)), stack=2)  # type: ignore[arg-type]
    network = Network(spec, seed=5)
    frames = tf.random.stateless_normal((2, 30, spec.features), (1, 2))
    if quantised:
        network.quantise()
        # The range that products are rounded to is that of the batch: a single step would see another one.
        for part in network.cells:
            monkeypatch.setattr(part, "_activation", lambda product: product)
    sequence, states = network.sequence(frames), network.initial_states(2)
    for time in range(30):
        outputs, states = network.step(frames[:, time], states)
        for name, values in outputs.items():
            np.testing.assert_allclose(values, sequence[name][:, time], atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_can_be_continued_from_its_states(cell: type[RNN] | type[GRU] | type[LSTM]) -> None:
    part = cell(3, 4)
    x = tf.random.stateless_normal((1, 12, 3), (4, 4))
    states = part.initial_states(1)
    for time in range(5):
        states = part.step(x[:, time], states)
    np.testing.assert_allclose(part.sequence(x[:, 5:], states), part.sequence(x)[:, 5:], atol=1e-5)


def test_state_is_rounded_to_steps_of_a_128th_and_zero_is_exact() -> None:
    values = fake_quantise_state(tf.constant([-1.0, -0.5, 0.0, 0.003, 0.0041, 0.999])).numpy()
    np.testing.assert_allclose(values * 128, [-128, -64, 0, 0, 1, 127], atol=1e-4)


def test_a_cell_state_has_128_steps_to_a_power_of_two() -> None:
    values = fake_quantise_cell_state(tf.constant([-3.0, 0.0, 0.02, 1.01, 3.99])).numpy()
    np.testing.assert_allclose(values * 32, [-96, 0, 1, 32, 127], atol=1e-4)
    small = fake_quantise_cell_state(tf.constant([0.003, 0.0041])).numpy()
    np.testing.assert_allclose(small * 128, [0, 1], atol=1e-4)


def test_an_lstm_that_feels_int8_carries_a_rounded_cell_state() -> None:
    cell = LSTM(3, 4)
    _random(cell)
    cell.quantised = True
    _, carried = cell.step(3 * tf.random.stateless_normal((2, 3), (1, 2)), (tf.zeros((2, 4)), tf.fill((2, 4), 1.7)))
    steps = carried.numpy() * 64
    assert np.abs(carried).max() > 1
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-4)


def test_the_range_of_products_has_a_zero_whatever_their_sign() -> None:
    for products in ([5.0, 7.0, 10.0], [-10.0, -7.0, -5.0], [-3.0, 0.0, 9.0]):
        np.testing.assert_allclose(fake_quantise_range(tf.constant(products)), products, atol=0.03)


def test_weights_are_rounded_to_255_symmetric_steps() -> None:
    weight = tf.Variable(np.linspace(-2, 1, 301, dtype=np.float32))
    rounded = fake_quantise_weight(weight).numpy()
    assert len(np.unique(rounded)) <= 255
    np.testing.assert_allclose(rounded, weight, atol=2 / 127 / 2 + 1e-6)


def test_a_weight_far_beyond_the_usual_is_cut_off_and_no_other() -> None:
    kernel = np.random.default_rng(0).normal(size=(40, 60)).astype(np.float32)
    np.testing.assert_array_equal(without_outliers(tf.constant(kernel)), kernel)
    kernel[3, 5], kernel[7, 1] = 40.0, -40.0
    cut = without_outliers(tf.constant(kernel)).numpy()
    largest = OUTLIER * np.mean(np.abs(kernel))
    assert largest < 39
    kernel[3, 5], kernel[7, 1] = largest, -largest
    np.testing.assert_allclose(cut, kernel, rtol=1e-5)


def test_seeds_decide_the_first_weights() -> None:
    spec = NetworkSpec(4, (Layer(3),), (("a", 2),))
    one, same, other = Network(spec, 1), Network(spec, 1), Network(spec, 2)
    np.testing.assert_array_equal(one.cells[0].kernel, same.cells[0].kernel)
    assert not np.array_equal(one.cells[0].kernel, other.cells[0].kernel)
