"""The mutations that the tests must notice: one careless edit each, and the tests that look there.

`old` occurs exactly once in its file; `test_table.py` checks that, so an edit of such a line asks
for an edit here. `equivalent` holds the argument why no test can notice a mutation, where there
is one.
"""

from typing import NamedTuple

ROOMS = "src/clearprop"
KERNELS = f"{ROOMS}/engines/compiled/kernels"


class Mutant(NamedTuple):
    """One edit: `old` becomes `new` in `file`, and pytest runs on `tests`."""

    file: str
    old: str
    new: str
    tests: str
    note: str
    equivalent: str = ""


MUTANTS = [
    # definitions
    Mutant(
        f"{ROOMS}/definitions/losses.py",
        "return (0.5 - self.level) - 0.5 * xp.sign(t - o)",
        "return (0.5 - self.level) - 0.5 * xp.sign(o - t)",
        "tests/definitions/test_losses.py tests/test_conformance.py",
        "Quantile's gradient with the error's sign turned",
    ),
    Mutant(
        f"{ROOMS}/definitions/losses.py",
        "+ s / t.shape[1]",
        "+ s / t.shape[0]",
        "tests/definitions/test_losses.py tests/definitions/test_published_losses.py",
        "label smoothing over the rows instead of the classes",
    ),
    Mutant(
        f"{ROOMS}/definitions/losses.py",
        "E = mean over rows of E_n",
        "E = sum over rows of E_n",
        "tests/definitions/test_losses.py",
        "a loss that says it sums over rows",
    ),
    Mutant(
        f"{ROOMS}/definitions/optimizers.py",
        "self.momentum * velocity - rate * grads if",
        'self.momentum * state["velocity"] - rate * grads if',
        "tests/definitions/test_optimizers.py tests/definitions/test_optax_agreement.py",
        "Nesterov's look-ahead from the velocity before the step",
    ),
    Mutant(
        f"{ROOMS}/definitions/optimizers.py",
        "1.0 - self.beta_2**t",
        "1.0 - self.beta_1**t",
        "tests/definitions/test_optimizers.py tests/definitions/test_optax_agreement.py",
        "Adam corrects its second average's bias with beta_1",
    ),
    Mutant(
        f"{ROOMS}/definitions/optimizers.py",
        "(rate * self.decay) * (penalised * params)",
        "(rate * self.decay) * params",
        "tests/definitions/test_optimizers.py",
        "weight decay shrinks biases too",
    ),
    Mutant(
        f"{ROOMS}/definitions/optimizers.py",
        '_fraction(self, "beta_2")',
        '_fraction(self, "beta_1")',
        "tests/definitions/test_optimizers.py",
        "Adam checks beta_1 twice and beta_2 never",
    ),
    Mutant(
        f"{ROOMS}/definitions/schedules.py",
        "max(self.steps - 1, 1)",
        "max(self.steps, 1)",
        "tests/definitions/test_schedules.py",
        "the last step is not the end of the schedule",
    ),
    Mutant(
        f"{ROOMS}/definitions/schedules.py",
        "start.rows_seen + epoch * rows,",
        "start.rows_seen + epoch * steps,",
        "tests/definitions/test_schedules.py tests/training/test_loop.py",
        "rows seen counted in steps within a burst of epochs",
    ),
    Mutant(
        f"{ROOMS}/definitions/layers/normalization.py",
        "keep, take = 1.0 - self.momentum, self.momentum",
        "keep, take = self.momentum, 1.0 - self.momentum",
        "tests/definitions/layers/test_normalization.py",
        "BatchNorm's momentum read as Keras reads it",
    ),
    Mutant(
        f"{ROOMS}/definitions/layers/sizes.py",
        "takes {expected} values a row, gets {arriving}",
        "takes {arriving} values a row, gets {expected}",
        "tests/definitions/layers",
        "a wrong width named with its two numbers swapped",
    ),
    Mutant(
        f"{ROOMS}/definitions/targets.py",
        "np.argwhere(wrong)[0]",
        "np.argwhere(wrong)[-1]",
        "tests/definitions/test_targets.py",
        "the last wrong target is named as the first",
    ),
    Mutant(
        f"{ROOMS}/definitions/initializers.py",
        "(fans or _fans_of(shape))[0])",
        "(fans or _fans_of(shape))[1])",
        "tests/definitions/test_initializers.py",
        "a truncated normal cut by the outputs instead of the inputs",
    ),
    # training
    Mutant(
        f"{ROOMS}/training/result.py",
        "losses[history.best_epoch - 1 if self.restored else -1]",
        "losses[-1]",
        "tests/training",
        "the last epoch's loss as final_loss although the best weights are restored",
    ),
    Mutant(
        f"{ROOMS}/training/stopping.py",
        "value >= self.best + rule.tolerance",
        "value > self.best + rule.tolerance",
        "tests/training/test_ends.py tests/estimators/test_parity.py",
        "a score that improves by exactly the tolerance does not count",
    ),
    Mutant(
        f"{ROOMS}/training/stopping.py",
        "self.waited + 1 if math.isnan(value) else 0",
        "1 if math.isnan(value) else 0",
        "tests/training/test_ends.py",
        "epochs whose score was no number from the start are not counted up",
    ),
    Mutant(
        f"{ROOMS}/training/watch.py",
        "self.patience.waited > stopping.patience",
        "self.patience.waited >= stopping.patience",
        "tests/training/test_ends.py",
        "training stops an epoch early",
    ),
    Mutant(
        f"{ROOMS}/training/watch.py",
        "self.best, self.history.best_epoch = position, len(self.history)",
        "self.best, self.history.best_epoch = position, len(self.history) - 1",
        "tests/training/test_ends.py",
        "the best epoch counted from 0",
    ),
    Mutant(
        f"{ROOMS}/training/loop.py",
        "orders.put_back(drawn[ended:])",
        "orders.put_back(drawn[:ended])",
        "tests/training tests/estimators/test_warm_start.py",
        "the orders that were used are put back instead of the unused ones",
    ),
    Mutant(
        f"{ROOMS}/training/loop.py",
        "replace(watch.patience, waited=0)",
        "replace(watch.patience, waited=1)",
        "tests/training tests/estimators/test_parity.py",
        "patience is one epoch short after the learning rate was divided",
    ),
    Mutant(
        f"{ROOMS}/training/lbfgs.py",
        "float(intermediate_result.fun) - penalty",
        "float(intermediate_result.fun)",
        "tests/training/test_lbfgs.py",
        "L-BFGS reports the penalty twice",
    ),
    Mutant(
        f"{ROOMS}/training/lbfgs.py",
        "rows.count * rows.mean_weight, position.params.dtype",
        "rows.count, position.params.dtype",
        "tests/training/test_lbfgs.py tests/estimators/test_sample_weight.py",
        "L-BFGS divides a penalty per row by the rows instead of their weights",
    ),
    Mutant(
        f"{ROOMS}/training/restarts.py",
        "key=lambda result: result.final_loss",
        "key=lambda result: result.history.loss[-1]",
        "tests/training/test_restarts.py",
        "restarts ranked by the last training loss",
    ),
    Mutant(
        f"{ROOMS}/training/train.py",
        "held_weights = None if weights is None else weights[held_out]",
        "held_weights = None",
        "tests/training/test_train.py",
        "rows set aside for validation lose their weights",
    ),
    Mutant(
        f"{ROOMS}/training/train.py",
        "restored=best is not None",
        "restored=stopping is not None",
        "tests/training/test_result.py",
        "the last weights are told as the best ones, because training could stop early",
    ),
    Mutant(
        f"{ROOMS}/training/loop.py",
        "            if burst.interrupted:",
        "            if burst.interrupted and reason is None:",
        "tests/training/test_loop.py",
        "Ctrl-C is lost in the burst in which patience runs out",
    ),
    Mutant(
        f"{ROOMS}/training/loop.py",
        "min(engine.epochs_at_once(steps), max(1, MOST_ROW_NUMBERS // rows))",
        "engine.epochs_at_once(steps)",
        "tests/training/test_loop.py",
        "the orders of a thousand epochs in memory, whatever the rows",
    ),
    # estimators
    Mutant(
        f"{ROOMS}/estimators/fitting.py",
        "                raise InterruptedFit",
        "                pass",
        "tests/estimators/test_interrupt.py",
        "Ctrl-C in a search ends one fit only",
    ),
    Mutant(
        f"{ROOMS}/estimators/fitting.py",
        "float(np.average(values, weights=held_out.weights))",
        "float(np.average(values))",
        "tests/estimators/test_sample_weight.py tests/estimators/test_stopping.py",
        "the estimators' validation loss forgets sample_weight",
    ),
    Mutant(
        f"{ROOMS}/estimators/fitting.py",
        "value / outputs + penalty",
        "(value + penalty) / outputs",
        "tests/estimators/test_parity.py",
        "the reported penalty divided by the outputs",
    ),
    Mutant(
        f"{ROOMS}/estimators/fitting.py",
        "position = replace(position, params=self.vector)",
        "position = outcome.position",
        "tests/estimators/test_stopping.py tests/estimators/test_warm_start.py",
        "a warm start that never improves gives up the better weights it began with",
    ),
    Mutant(
        f"{ROOMS}/estimators/validation.py",
        "None if rows.weights is None else parts[5]",
        "None",
        "tests/estimators/test_sample_weight.py",
        "validation rows that were split off lose their weights",
    ),
    Mutant(
        f"{ROOMS}/estimators/classifier.py",
        "weights if sample_weight is None else weights * sample_weight",
        "weights if sample_weight is None else sample_weight",
        "tests/estimators/test_sample_weight.py",
        "class weights forgotten where rows have weights",
    ),
    Mutant(
        f"{ROOMS}/estimators/classifier.py",
        "Previously got {self.classes_}, `y` has {classes}",
        "Previously got {classes}, `y` has {self.classes_}",
        "tests/estimators/test_warm_start.py",
        "a warm start's complaint with the two lists of classes swapped",
    ),
    Mutant(
        f"{ROOMS}/estimators/scores.py",
        "float(self.support[self.baseline] / self.rows)",
        "float(self.matrix.sum(axis=0)[self.baseline] / self.rows)",
        "tests/estimators/test_scores.py tests/reporting/test_document.py",
        "the baseline counts predictions instead of true classes",
    ),
    Mutant(
        f"{ROOMS}/estimators/scaling.py",
        "np.abs(means) / LARGEST_MEAN",
        "means / LARGEST_MEAN",
        "tests/estimators/test_bad_input.py tests/estimators/test_contract.py",
        "columns far below zero count as well scaled",
    ),
    Mutant(
        f"{ROOMS}/estimators/scaling.py",
        "cure if complaint_of_y",
        "cure if complaint_of_x",
        "tests/estimators/test_bad_input.py tests/estimators/test_contract.py",
        "the cure for a target is given for inputs",
    ),
    Mutant(
        f"{ROOMS}/estimators/recorder.py",
        "np.asarray(weights)[chosen]",
        "np.asarray(weights)[: len(chosen)]",
        "tests/estimators/test_recorder.py",
        "the recorder measures its sample of rows with the first rows' weights",
    ),
    Mutant(
        f"{ROOMS}/estimators/network.py",
        "names.index(dense) + 1",
        "names.index(dense)",
        "tests/estimators/test_beyond_scikit_learn.py tests/estimators/test_contract.py",
        "hidden activations before the activation",
    ),
    Mutant(
        f"{ROOMS}/estimators/opened.py",
        "weights = estimator._weigh(rows.y, weights, incremental=True)",
        "weights = estimator._weigh(rows.y, None, incremental=True)",
        "tests/estimators/test_explain.py",
        "an opened step with class weights forgets the rows' weights",
    ),
    Mutant(
        f"{ROOMS}/estimators/opened.py",
        "step=position.steps + 1 if steps else None",
        "step=position.steps if steps else None",
        "tests/estimators/test_explain.py",
        "an opened step numbered as the step before it",
    ),
    # reporting
    Mutant(
        f"{ROOMS}/reporting/curves.py",
        '"kept_epoch": kept_epoch(estimator) or epochs',
        '"kept_epoch": epochs',
        "tests/reporting/test_document.py",
        "the last epoch told as the kept one",
    ),
    Mutant(
        f"{ROOMS}/reporting/figured.py",
        "residuals = rows.predicted - rows.true",
        "residuals = rows.true - rows.predicted",
        "tests/reporting/test_document.py",
        "residuals with their sign turned",
    ),
    Mutant(
        f"{ROOMS}/reporting/measured.py",
        "nan=-np.inf), kind",
        "nan=np.inf), kind",
        "tests/reporting/test_document.py",
        "rows without a loss stand first among the worst",
    ),
    Mutant(
        f"{ROOMS}/reporting/measured.py",
        "estimator.classes_[found.true[list(places)]]",
        "estimator.classes_[found.predicted[list(places)]]",
        "tests/reporting/test_document.py",
        "the step of a mistake opened towards the wrong class",
    ),
    Mutant(
        f"{ROOMS}/reporting/about.py",
        '"columns": len(model.encoder.columns)',
        '"columns": model.encoder.width',
        "tests/reporting",
        "a table's inputs told as its columns",
    ),
    Mutant(
        f"{ROOMS}/reporting/details.py",
        "taken[cell] <= ROWS_A_CELL",
        "taken[cell] < ROWS_A_CELL",
        "tests/reporting/test_document.py tests/reporting/test_payload.py",
        "one row too few of each cell of the confusion matrix",
    ),
    Mutant(
        f"{ROOMS}/reporting/page.py",
        "value[epoch - 1] for epoch in at if epoch <= len(value)",
        "value[epoch] for epoch in at if epoch < len(value)",
        "tests/reporting/test_payload.py",
        "thinned curves shifted by an epoch",
    ),
    Mutant(
        f"{ROOMS}/reporting/page.py",
        'figures.get("r2")',
        'figures.get("rmse")',
        "tests/reporting/test_payload.py",
        "the RMSE told as R² where a page has no program",
    ),
    Mutant(
        f"{ROOMS}/reporting/result.py",
        "figure(figures['rmse'])",
        "figure(figures['mae'])",
        "tests/reporting/test_document.py tests/reporting/test_payload.py",
        "the mean absolute error told as RMSE",
    ),
    # data
    Mutant(
        f"{ROOMS}/data/target.py",
        "2 * different <= values.size",
        "2 * different < values.size",
        "tests/data/test_target.py",
        "whole numbers that each occur twice are a quantity",
    ),
    Mutant(
        f"{ROOMS}/data/columns.py",
        "(input_of_row < 0) & (found.codes >= 0)",
        "input_of_row < 0",
        "tests/data/test_columns.py",
        "missing values counted as categories that training had not",
    ),
    Mutant(
        f"{ROOMS}/data/sniff.py",
        "if len(numbers) < 3 or not",
        "if len(numbers) < 2 or not",
        "tests/data/test_sniff.py tests/data/test_delimited.py",
        "two numbers that happen to be consecutive are taken for names",
    ),
    Mutant(
        f"{ROOMS}/data/idx.py",
        "if y.ndim != 1 or len(y) != len(inputs.X):",
        "if y.ndim != 1 and len(y) != len(inputs.X):",
        "tests/data/test_idx.py",
        "labels for other images are taken",
    ),
    Mutant(
        f"{ROOMS}/data/labels.py",
        "(codes >= len(names)).sum()",
        "(codes > len(names)).sum()",
        "tests/estimators/test_scores.py tests/reporting/test_document.py",
        "rows of the first unknown class are not counted",
    ),
    Mutant(
        f"{ROOMS}/data/dataset.py",
        "return (shape[1], shape[2])",
        "return (shape[2], shape[1])",
        "tests/data/test_idx.py tests/data/test_npz.py tests/data/test_dataset.py",
        "pictures as wide as they are high, and the other way round",
    ),
    # the compiled engine
    Mutant(
        f"{ROOMS}/engines/compiled/cache.py",
        '.rglob("*.py")',
        '.glob("*.py")',
        "tests/engines/compiled/test_cache_key.py",
        "a changed kernel finds the machine code of the old one",
    ),
    Mutant(
        f"{KERNELS}/losses.py",
        "weights[batch[i]]",
        "weights[i]",
        "tests/engines/compiled/test_same_as_reference.py",
        "rows of a batch take the weights of the first rows",
    ),
    Mutant(
        f"{KERNELS}/losses.py",
        "others[i] = rest + ties",
        "others[i] = rest",
        "tests/engines/compiled/test_same_as_reference.py",
        "outputs that tie for the largest count once",
    ),
    Mutant(
        f"{KERNELS}/optimizers.py",
        "along * m / (np.sqrt(v) + epsilon) - shrink * w",
        "along * m / (np.sqrt(v) + epsilon)",
        "tests/engines/compiled/test_same_as_reference.py",
        "compiled Adam forgets weight decay",
    ),
    Mutant(
        f"{KERNELS}/epoch.py",
        "forward(plan, data, batch, first,",
        "forward(plan, data, batch, 0,",
        "tests/engines/compiled/test_threads.py tests/engines/compiled/test_same_as_reference.py",
        "every piece of a batch draws the first rows' dropout masks",
    ),
    Mutant(
        f"{KERNELS}/epoch.py",
        "updates + step + 1, rates",
        "updates + index + 1, rates",
        "tests/engines/compiled/test_engine.py tests/engines/compiled/test_threads.py",
        "Adam counts its steps anew whenever Python looks for a Ctrl-C",
    ),
    Mutant(
        f"{KERNELS}/full_batch.py",
        "min(start + room, end)",
        "start + room",
        "tests/engines/compiled/test_full_batch.py",
        "a piece of the rows reaches into the next piece",
    ),
]
