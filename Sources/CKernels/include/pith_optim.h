/// One pass of an optimiser's step over a parameter, with PyTorch's formulas and order of operations. Hyper-parameters
/// are doubles, as Python holds them; the arithmetic on elements is in the element's type.
#ifndef PITH_OPTIM_H
#define PITH_OPTIM_H

#include <stddef.h>
#include <stdint.h>

/// g = maximize ? -g : g; g += weight_decay p; with momentum: buf = first_step ? g : momentum buf + (1 - dampening) g;
/// g = nesterov ? g + momentum buf : buf; then p -= lr g. `buf` may be null where momentum is 0.
void pith_sgd_f32(float *p, const float *g, float *buf, size_t n, double lr, double momentum, double dampening,
                  int nesterov, double weight_decay, int maximize, int first_step);
void pith_sgd_f64(double *p, const double *g, double *buf, size_t n, double lr, double momentum, double dampening,
                  int nesterov, double weight_decay, int maximize, int first_step);

/// `step` counts from 1. Not decoupled (Adam): g += weight_decay p. Decoupled (AdamW): p *= 1 - lr weight_decay.
/// m += (1 - beta1)(g - m); v = beta2 v + (1 - beta2) g²; vmax = max(vmax, v) where vmax is not null (AMSGrad);
/// p -= lr/(1 - beta1^step) m / (√v / √(1 - beta2^step) + eps).
void pith_adam_f32(float *p, const float *g, float *m, float *v, float *vmax, size_t n, double lr, double beta1,
                   double beta2, double eps, double weight_decay, int decoupled, int64_t step);
void pith_adam_f64(double *p, const double *g, double *m, double *v, double *vmax, size_t n, double lr, double beta1,
                   double beta2, double eps, double weight_decay, int decoupled, int64_t step);

/// g += weight_decay p; avg = alpha avg + (1 - alpha) g²; centered: gavg += (1 - alpha)(g - gavg),
/// d = √(avg - gavg²) + eps, else d = √avg + eps; with momentum: buf = momentum buf + g / d, p -= lr buf; else
/// p -= lr g / d. `buf` may be null where momentum is 0, `gavg` where `centered` is 0.
void pith_rmsprop_f32(float *p, const float *g, float *avg, float *buf, float *gavg, size_t n, double lr, double alpha,
                      double eps, double weight_decay, double momentum, int centered);
void pith_rmsprop_f64(double *p, const double *g, double *avg, double *buf, double *gavg, size_t n, double lr,
                      double alpha, double eps, double weight_decay, double momentum, int centered);

/// g += weight_decay p; sum += g²; p -= lr g / (√sum + eps).
void pith_adagrad_f32(float *p, const float *g, float *sum, size_t n, double lr, double eps, double weight_decay);
void pith_adagrad_f64(double *p, const double *g, double *sum, size_t n, double lr, double eps, double weight_decay);

/// square = rho square + (1 - rho) g²; d = √(moved + eps) / √(square + eps) g; moved = rho moved + (1 - rho) d²; p -= lr d.
void pith_adadelta_f32(float *p, const float *g, float *square, float *moved, size_t n, double lr, double rho, double eps, double weight_decay);
void pith_adadelta_f64(double *p, const double *g, double *square, double *moved, size_t n, double lr, double rho, double eps, double weight_decay);

/// m += (1 - beta1)(g - m); most = max(beta2 most, |g| + eps); p -= lr / (1 - beta1^step) m / most.
void pith_adamax_f32(float *p, const float *g, float *m, float *most, size_t n, double lr, double beta1, double beta2, double eps,
                     double weight_decay, int64_t step);
void pith_adamax_f64(double *p, const double *g, double *m, double *most, size_t n, double lr, double beta1, double beta2, double eps,
                     double weight_decay, int64_t step);

/// Adam with Nesterov's momentum, whose schedule the caller keeps: `mu` of this step and of the next, and the product of all.
void pith_nadam_f32(float *p, const float *g, float *m, float *v, size_t n, double lr, double beta1, double beta2, double eps,
                    double weight_decay, int decoupled, double mu, double mu_next, double mu_product, int64_t step);
void pith_nadam_f64(double *p, const double *g, double *m, double *v, size_t n, double lr, double beta1, double beta2, double eps,
                    double weight_decay, int decoupled, double mu, double mu_next, double mu_product, int64_t step);

/// Adam whose step is rectified by how many squares were seen.
void pith_radam_f32(float *p, const float *g, float *m, float *v, size_t n, double lr, double beta1, double beta2, double eps,
                    double weight_decay, int decoupled, int64_t step);
void pith_radam_f64(double *p, const double *g, double *m, double *v, size_t n, double lr, double beta1, double beta2, double eps,
                    double weight_decay, int decoupled, int64_t step);

#endif
